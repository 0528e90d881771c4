import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChildPosition, nextSteps, restartedWith, type Strategy } from './next-steps.ts';

const NOW_MS = 1000;
const strategies: readonly Strategy[] = ['one_for_one', 'one_for_all', 'rest_for_one'];

const anyChild: fc.Arbitrary<ChildPosition> = fc.record({
  state: fc.constantFrom('waiting', 'starting', 'running', 'stopping', 'ended'),
  startedOnce: fc.boolean(),
  notBeforeMs: fc.constantFrom(0, NOW_MS, NOW_MS + 500),
  replaced: fc.boolean(),
});
const anyHouse = fc.tuple(fc.constantFrom(...strategies), fc.boolean(), fc.array(anyChild, { maxLength: 6 }));
const isAlive = ({ state }: ChildPosition) => state !== 'waiting' && state !== 'ended';

test('while any child has to stop, only the last such one stops and nothing starts', () => {
  fc.assert(
    fc.property(anyHouse, ([strategy, stopping, children]) => {
      const steps = nextSteps(strategy, stopping, children, NOW_MS);
      const last = children.findLastIndex((child) => isAlive(child) && (stopping || child.replaced));
      expect(steps.stop ?? -1).toBe(last);
      if (steps.stop !== undefined || stopping) expect(steps.start).toEqual([]);
    }),
  );
});

test('only waiting children whose time has come start', () => {
  fc.assert(
    fc.property(anyHouse, ([strategy, stopping, children]) => {
      for (const index of nextSteps(strategy, stopping, children, NOW_MS).start) {
        const child = children[index] as ChildPosition;
        expect(child.state).toBe('waiting');
        expect(child.notBeforeMs).toBeLessThanOrEqual(NOW_MS);
      }
    }),
  );
});

test('a child starts for the first time, and always in a group, only after all before it', () => {
  fc.assert(
    fc.property(anyHouse, ([strategy, stopping, children]) => {
      for (const index of nextSteps(strategy, stopping, children, NOW_MS).start) {
        if (strategy === 'one_for_one' && children[index]?.startedOnce) continue;
        const before = children.slice(0, index);
        const held = before.filter(
          ({ state, startedOnce }) =>
            state !== 'running' && state !== 'ended' && !(strategy === 'one_for_one' && startedOnce),
        );
        expect(held).toEqual([]);
      }
    }),
  );
});

test('it never stands still: a child is starting, stopping or waited for until all run or have ended', () => {
  fc.assert(
    fc.property(anyHouse, ([strategy, stopping, children]) => {
      const steps = nextSteps(strategy, stopping, children, NOW_MS);
      const moving =
        steps.stop !== undefined ||
        steps.start.length > 0 ||
        steps.wakeMs !== Number.POSITIVE_INFINITY ||
        children.some(({ state }) => state === 'starting' || state === 'stopping');
      const arrived = stopping
        ? !children.some(isAlive)
        : children.every(({ state }) => state === 'running' || state === 'ended');
      expect(moving || arrived).toBe(true);
    }),
  );
});

test.each([
  ['one_for_one', [1]],
  ['one_for_all', [0, 1, 2]],
  ['rest_for_one', [1, 2]],
] as const)('%s restarts %j of three when the second fails', (strategy, together) => {
  expect(restartedWith(strategy, 1, 3)).toEqual(together);
});
