import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChildPosition, nextInOrder, restartedWith } from './strategy.ts';

const anyChild: fc.Arbitrary<ChildPosition> = fc
  .record({
    state: fc.constantFrom('waiting', 'resting', 'starting', 'running', 'stopping', 'ended'),
    replaced: fc.boolean(),
  })
  .map(({ state, replaced }) => ({
    now: { state },
    replaced: replaced && ['starting', 'running', 'stopping'].includes(state),
  }));
const anyHouse = fc.array(anyChild, { maxLength: 6 });

test('while any child has to stop, only the last such one stops and nothing starts', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      const last = children.findLast(({ replaced }) => replaced);
      if (last) expect(nextInOrder(children)).toBe(last);
    }),
  );
});

test('a child starts only after all before it, and when nobody rests', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      const next = nextInOrder(children);
      if (next?.now.state !== 'waiting') return;
      const before = children.slice(0, children.indexOf(next));
      expect(before.filter(({ now }) => now.state !== 'running' && now.state !== 'ended')).toEqual([]);
      expect(children.filter(({ now }) => now.state === 'resting')).toEqual([]);
    }),
  );
});

test('it never stands still: a child is starting, stopping or waited for until all run or have ended', () => {
  fc.assert(
    fc.property(anyHouse, (children) => {
      const arrived = children.every(
        ({ now, replaced }) => !replaced && (now.state === 'running' || now.state === 'ended'),
      );
      expect(nextInOrder(children) === undefined).toBe(arrived);
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
