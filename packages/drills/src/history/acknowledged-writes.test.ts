import { expect, test } from 'vitest';
import type { HistoryEvent, Value } from './event.ts';
import { acknowledgedWrites, historyOf, type Operation, Recorder } from './index.ts';

function history(write: (one: Recorder, other: Recorder) => void): readonly Operation[] {
  const events: HistoryEvent[] = [];
  const client = (name: string) => new Recorder({ client: name, append: (event) => void events.push(event) });
  write(client('a'), client('b'));
  return historyOf(events).operations;
}

const key = 'k';
const there = (value: Value) => new Map([[key, value]]);

const twoWrites = history((a) => {
  a.invoke({ kind: 'write', key, value: 1 }).ok();
  a.invoke({ kind: 'write', key, value: 2 }).ok();
});

test('the last acknowledged write is there', () => {
  expect(acknowledgedWrites(twoWrites, there(2))).toEqual({ state: 'holds', operations: 2 });
});

test('a planted loss is found, with what is there instead', () => {
  const verdict = acknowledgedWrites(twoWrites, there(1));
  expect(verdict).toMatchObject({
    state: 'violated',
    reason: 'lost-write',
    evidence: [{ id: 'a-1' }, { id: 'a-2' }],
  });
  expect(verdict).toHaveProperty(
    'message',
    `k: the last acknowledged write is lost; 1 is there, which was overwritten
  #0..#1 a: write 1 → ok (id a-1)
  #2..#3 a: write 2 → ok (id a-2)`,
  );
});

test.each<[string, ReadonlyMap<string, Value>]>([
  ['a key that is gone', new Map()],
  ['what nobody has written', there(3)],
])('%s is a loss', (_what, final) => {
  expect(acknowledgedWrites(twoWrites, final)).toMatchObject({
    reason: 'lost-write',
    evidence: [{ id: 'a-2' }],
  });
});

test('what was there is no loss when an unknown write may have replaced it, or a concurrent one', () => {
  const operations = history((a, b) => {
    a.invoke({ kind: 'write', key, value: 1 }).unknown();
    const slow = b.invoke({ kind: 'write', key, value: 2 });
    a.invoke({ kind: 'compare-and-set', key, expected: 1, value: 3 }).ok();
    slow.ok();
  });
  for (const value of [1, 2, 3])
    expect(acknowledgedWrites(operations, there(value))).toMatchObject({ state: 'holds' });
});

test('a deletion is a write of nothing', () => {
  const operations = history((a) => {
    a.invoke({ kind: 'write', key, value: 1 }).ok();
    a.invoke({ kind: 'delete', key }).ok();
  });
  expect(acknowledgedWrites(operations, new Map())).toMatchObject({ state: 'holds' });
  expect(acknowledgedWrites(operations, there(1))).toMatchObject({ state: 'violated', reason: 'lost-write' });
});

test('what failed, or did not match, is not expected; what comes from nowhere is found', () => {
  const operations = history((a) => {
    a.invoke({ kind: 'write', key, value: 1 }).failed();
    a.invoke({ kind: 'compare-and-set', key, expected: 1, value: 2 }).mismatch();
  });
  expect(acknowledgedWrites(operations, new Map())).toMatchObject({ state: 'holds' });
  expect(acknowledgedWrites(operations, there(1))).toMatchObject({ reason: 'unwritten-value' });
  expect(acknowledgedWrites([], there(1))).toMatchObject({ reason: 'unwritten-value', key });
});
