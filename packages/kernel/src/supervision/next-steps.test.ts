import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChildPosition, nextSteps, restartedWith } from './next-steps.ts';

const NOW_MS = 1000;

const anyChild: fc.Arbitrary<ChildPosition> = fc.record({
  state: fc.constantFrom('waiting', 'starting', 'running', 'stopping', 'ended'),
  alone: fc.boolean(),
  notBeforeMs: fc.constantFrom(0, NOW_MS, NOW_MS + 500),
  replaced: fc.boolean(),
});
const anyHouse = fc.array(anyChild, { maxLength: 6 });
const isAlive = ({ state }: ChildPosition) => state !== 'waiting' && state !== 'ended';

test('while any child has to stop, only the last such one stops and nothing starts', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      const { stop, start } = nextSteps(children, NOW_MS);
      expect(stop).toBe(children.findLast((child) => isAlive(child) && child.replaced));
      if (stop !== undefined) expect(start).toEqual([]);
    }),
  );
});

test('only waiting children whose time has come start', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      for (const { state, notBeforeMs } of nextSteps(children, NOW_MS).start) {
        expect(state).toBe('waiting');
        expect(notBeforeMs).toBeLessThanOrEqual(NOW_MS);
      }
    }),
  );
});

test('a child starts only after all before it, save for those that are on their own', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      for (const child of nextSteps(children, NOW_MS).start) {
        if (child.alone) continue;
        const before = children.slice(0, children.indexOf(child));
        expect(
          before.filter(({ state, alone }) => !alone && state !== 'running' && state !== 'ended'),
        ).toEqual([]);
      }
    }),
  );
});

test('it never stands still: a child is starting, stopping or waited for until all run or have ended', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      const { stop, start } = nextSteps(children, NOW_MS);
      const moving =
        stop !== undefined ||
        start.length > 0 ||
        children.some(({ state, notBeforeMs }) => state === 'waiting' && notBeforeMs > NOW_MS) ||
        children.some(({ state }) => state === 'starting' || state === 'stopping');
      const arrived = children.every(({ state }) => state === 'running' || state === 'ended');
      expect(moving || arrived).toBe(true);
    }),
  );
});

test.each([
  ['one_for_one', 'b'],
  ['simple_one_for_one', 'b'],
  ['one_for_all', 'abc'],
  ['rest_for_one', 'bc'],
] as const)('%s restarts %s of a, b, c when b fails', (strategy, together) => {
  expect(restartedWith(strategy, 'b', 'abc')).toEqual([...together]);
});
