import { expect, test } from 'vitest';
import type { HistoryEvent, Value } from './event.ts';
import { historyOf, linearizable, type OpenOperation, type Operation, Recorder } from './index.ts';

/** A history written by hand: clients a, b, c; what is not ended stays unknown. */
function history(write: (clients: { a: Recorder; b: Recorder; c: Recorder }) => void): readonly Operation[] {
  const events: HistoryEvent[] = [];
  const client = (name: string) => new Recorder({ client: name, append: (event) => void events.push(event) });
  write({ a: client('a'), b: client('b'), c: client('c') });
  return historyOf(events).operations;
}

const key = 'k';
const write = (by: Recorder, value: Value) => by.invoke({ kind: 'write', key, value });
const read = (by: Recorder) => by.invoke({ kind: 'read', key });
const swap = (by: Recorder, expected: Value, value: Value): OpenOperation =>
  by.invoke({ kind: 'compare-and-set', key, expected, value });

test('a stale read is found, with the writes that prove it and nothing else', () => {
  const operations = history(({ a, b }) => {
    for (const value of [1, 2, 3, 4, 5]) {
      write(a, value).ok();
      read(b).ok(value);
    }
    read(b).ok(3);
  });
  const verdict = linearizable(operations);
  expect(verdict).toMatchObject({
    state: 'violated',
    reason: 'stale-read',
    key,
    evidence: [{ id: 'a-3' }, { id: 'a-5' }, { id: 'b-6' }],
  });
  expect(verdict).toHaveProperty(
    'message',
    `k: no order of these operations explains them
  #8..#9 a: write 3 → ok (id a-3)
  #16..#17 a: write 5 → ok (id a-5)
  #20..#21 b: read → 3 (id b-6)`,
  );
});

test('a planted loss is found: an acknowledged write that nobody sees any more', () => {
  const operations = history(({ a, b }) => {
    write(a, 1).ok();
    write(a, 2).ok();
    read(b).ok(1);
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', reason: 'stale-read' });
});

test('a reordering is found: two clients see two concurrent writes in different orders', () => {
  const operations = history(({ a, b, c }) => {
    const [one, two] = [write(a, 1), write(b, 2)];
    read(c).ok(1);
    read(c).ok(2);
    read(c).ok(1);
    one.ok();
    two.ok();
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', reason: 'stale-read' });
});

test('a doubling is found: a write that takes effect again after another', () => {
  const operations = history(({ a, b }) => {
    write(a, 1).ok();
    write(b, 2).ok();
    read(b).ok(2);
    read(b).ok(1);
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', reason: 'stale-read' });
});

test('a lost compare-and-set is found: two that replace the same value are both acknowledged', () => {
  const operations = history(({ a, b }) => {
    write(a, 1).ok();
    const [one, two] = [swap(a, 1, 2), swap(b, 1, 3)];
    one.ok();
    two.ok();
  });
  expect(linearizable(operations)).toMatchObject({
    state: 'violated',
    reason: 'false-swap',
    evidence: [{ id: 'a-1' }, { id: 'a-2' }, { id: 'b-1' }],
  });
});

test('a compare-and-set that is refused without a reason is found', () => {
  const operations = history(({ a, b }) => {
    write(a, 1).ok();
    swap(b, 1, 2).mismatch();
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', reason: 'false-mismatch' });
});

test('a compare-and-set that was done and then refused, as by a driver that sends it twice, is found', () => {
  const operations = history(({ a, b }) => {
    write(a, 1).ok();
    swap(a, 1, 2).mismatch();
    read(b).ok(2);
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated' });
});

test('a read of what nobody has written is found', () => {
  const operations = history(({ a }) => read(a).ok(7));
  expect(linearizable(operations)).toMatchObject({ reason: 'unwritten-value', evidence: [{ id: 'a-1' }] });
});

test('a read before the write began is found', () => {
  const operations = history(({ a, b }) => {
    read(b).ok(1);
    write(a, 1).ok();
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', reason: 'stale-read' });
});

test('an unknown write may take effect late, and never', () => {
  const seen = (...values: Value[]) =>
    history(({ a, b, c }) => {
      write(a, 1).unknown();
      write(b, 2).ok();
      for (const value of values) read(c).ok(value);
    });
  expect(linearizable(seen(2, 2, 2))).toMatchObject({ state: 'holds' });
  expect(linearizable(seen(2, 1, 1))).toMatchObject({ state: 'holds' });
  expect(linearizable(seen(1, 2, 2))).toMatchObject({ state: 'violated' });
  expect(linearizable(seen(2, 1, 2))).toMatchObject({ state: 'violated' });
});

test('of two unknown changes that nobody saw, the one that fits only now is used now', () => {
  const operations = history(({ a, b, c }) => {
    write(a, 8).unknown();
    swap(b, null, 9).unknown();
    swap(c, null, 1).mismatch();
    write(c, 2).ok();
    swap(c, 2, 3).mismatch();
  });
  expect(linearizable(operations)).toMatchObject({ state: 'holds' });
});

test('a failed write has not happened: who sees it proves a lie', () => {
  const operations = history(({ a, b }) => {
    write(a, 1).failed();
    read(b).ok(1);
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', reason: 'unwritten-value' });
});

test('a key may hold something before the first operation', () => {
  const operations = history(({ a }) => {
    read(a).ok('old');
    a.invoke({ kind: 'delete', key }).ok();
    read(a).ok(null);
  });
  expect(linearizable(operations, { initial: new Map([[key, 'old']]) })).toEqual({
    state: 'holds',
    operations: 3,
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated' });
});

test('keys are independent, and the one that is wrong is named', () => {
  const operations = history(({ a }) => {
    write(a, 1).ok();
    a.invoke({ kind: 'read', key: 'other' }).ok(1);
  });
  expect(linearizable(operations)).toMatchObject({ state: 'violated', key: 'other' });
});

test('it is undecided, instead of running for ever, where there are too many orders', () => {
  const operations = history(({ a, b }) => {
    const open = Array.from({ length: 30 }, (_, value) => write(a, value));
    read(b).ok('from nowhere');
    for (const one of open) one.ok();
  });
  const verdict = linearizable(operations, { maxSteps: 10_000 });
  expect(verdict).toMatchObject({ state: 'undecided', reason: 'too-many-steps', key });
  expect(verdict).toHaveProperty(
    'message',
    expect.stringContaining('undecided after 10000 steps; use more keys'),
  );
});

test('what is wrong is found though another key is undecided', () => {
  const operations = history(({ a, b }) => {
    const open = Array.from({ length: 30 }, (_, value) => write(a, value));
    read(b).ok('from nowhere');
    for (const one of open) one.ok();
    a.invoke({ kind: 'read', key: 'other' }).ok(1);
  });
  expect(linearizable(operations, { maxSteps: 1000 })).toMatchObject({ state: 'violated', key: 'other' });
});

test('appends are refused, with the way to check them', () => {
  const operations = history(({ a }) => a.invoke({ kind: 'append', key }).ok());
  expect(() => linearizable(operations)).toThrow('a-1 appends to k: check appends with exactlyOnce');
  expect(() => linearizable([], { maxSteps: 0 })).toThrow(
    'maxSteps of the check for linearizability must be',
  );
});
