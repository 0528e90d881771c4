import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import type { HistoryEvent } from './event.ts';
import { describeOperation, exactlyOnce, historyOf, killsInFlight, linearizable, Recorder } from './index.ts';

function recording() {
  const events: HistoryEvent[] = [];
  const clock = new SimulatedClock();
  const recorder = new Recorder({ client: 'a', append: (event) => void events.push(event), clock });
  return { events, clock, recorder };
}

test('events become operations, with their order and their times', async () => {
  const { events, clock, recorder } = recording();
  const write = recorder.invoke({ kind: 'write', key: 'k', value: 1 });
  const read = recorder.invoke({ kind: 'read', key: 'k' });
  await clock.advance(5);
  read.ok(null);
  write.ok();
  recorder.invoke({ kind: 'delete', key: 'k' });
  const { operations } = historyOf(events);
  expect(operations).toMatchObject([
    { id: 'a-1', outcome: 'ok', invokedAt: 0, endedAt: 3, invokedMs: 0, endedMs: 5 },
    { id: 'a-2', outcome: 'ok', seen: null, invokedAt: 1, endedAt: 2 },
    { id: 'a-3', outcome: 'unknown', endedAt: Number.POSITIVE_INFINITY, endedMs: undefined },
  ]);
  expect(operations.map(describeOperation)).toEqual([
    '#0..#3 a: write 1 → ok (id a-1)',
    '#1..#2 a: read → nothing (id a-2)',
    '#4..never a: delete → unknown (id a-3)',
  ]);
});

test('an operation that is tried again under its id is one', () => {
  const trial = (outcomes: readonly ('failed' | 'unknown' | 'ok')[]) => {
    const { events, recorder } = recording();
    for (const outcome of outcomes)
      recorder.invoke({ id: 'x', kind: 'write', key: 'k', value: 1 })[outcome]();
    return historyOf(events).operations;
  };
  expect(trial(['unknown', 'ok'])).toMatchObject([{ id: 'x', outcome: 'ok', invokedAt: 0, endedAt: 3 }]);
  expect(trial(['failed', 'failed'])).toMatchObject([{ outcome: 'failed' }]);
  expect(trial(['unknown', 'failed'])).toMatchObject([{ outcome: 'unknown' }]);
  expect(trial(['failed', 'unknown', 'failed'])).toMatchObject([{ outcome: 'unknown' }]);
  expect(() => trial(['ok', 'ok'])).toThrow('two operations have the id x');
});

test('a compare-and-set that did not match when it was tried again may have been done by the first trial', () => {
  const { events, recorder } = recording();
  const action = { id: 'x', kind: 'compare-and-set', key: 'k', expected: null, value: 1 } as const;
  recorder.invoke(action).unknown();
  recorder.invoke(action).mismatch();
  recorder.invoke({ kind: 'read', key: 'k' }).ok(1);
  const { operations } = historyOf(events);
  expect(operations[0]).toMatchObject({ outcome: 'unknown' });
  expect(linearizable(operations).state).toBe('holds');
  expect(exactlyOnce(operations, new Map([['k', ['x']]])).state).toBe('holds');
});

test('a write that waits between two trials is in flight during none of the kills', () => {
  const { events, recorder } = recording();
  const kill = (atMs: number) => recorder.disturb({ what: 'killed', target: 'redis', atMs });
  const write = () => recorder.invoke({ id: 'x', kind: 'write', key: 'k', value: 1 });
  const first = write();
  kill(1);
  first.unknown();
  kill(2);
  write().failed();
  kill(3);
  const last = write();
  kill(4);
  last.ok();
  const kills = killsInFlight(historyOf(events));
  expect(kills.map(({ writes }) => writes.length)).toEqual([1, 0, 0, 1]);
});

test('a kill knows the writes in flight; one that its client never ended is in flight once', () => {
  const { events, recorder } = recording();
  const kill = (atMs: number) => recorder.disturb({ what: 'killed', target: 'redis', atMs });
  const first = recorder.invoke({ kind: 'write', key: 'k', value: 1 });
  recorder.invoke({ kind: 'read', key: 'k' });
  kill(1);
  expect(recorder.writesInFlight).toBe(1);
  first.unknown();
  expect(recorder.writesInFlight).toBe(0);
  kill(2);
  recorder.invoke({ kind: 'write', key: 'k', value: 2 });
  recorder.disturb({ what: 'paused', target: 'redis', atMs: 3 });
  kill(4);
  kill(5);
  const kills = killsInFlight(historyOf(events));
  expect(kills.map(({ kill, writes }) => [kill.atMs, writes.map(({ id }) => id)])).toEqual([
    [1, ['a-1']],
    [2, []],
    [4, ['a-3']],
    [5, []],
  ]);
  expect(historyOf(events).disturbances).toHaveLength(5);
});

test.each<[string, (recorder: Recorder) => void, string]>([
  [
    'a value that JSON does not keep',
    (a) => a.invoke({ kind: 'write', key: 'k', value: Number.NaN }),
    'got NaN (number)',
  ],
  [
    'an object',
    (a) => a.invoke({ kind: 'write', key: 'k', value: {} as never }),
    'got [object Object] (object)',
  ],
  [
    'two outcomes',
    (a) => {
      const write = a.invoke({ kind: 'write', key: 'k', value: 1 });
      write.ok();
      write.unknown();
    },
    'the operation a-1 has two outcomes, the second is unknown',
  ],
  [
    'a read without what it saw',
    (a) => a.invoke({ kind: 'read', key: 'k' }).ok(),
    'what was seen belongs to a read',
  ],
  [
    'a write that saw',
    (a) => a.invoke({ kind: 'delete', key: 'k' }).ok(1),
    'what was seen belongs to a read',
  ],
  [
    'a write that did not match',
    (a) => a.invoke({ kind: 'delete', key: 'k' }).mismatch(),
    'only a compare-and-set',
  ],
])('%s is refused', (_what, act, message) => {
  const { recorder } = recording();
  expect(() => act(recorder)).toThrow(`this is no history that can be checked: `);
  expect(() => act(recording().recorder)).toThrow(message);
});

test.each<[string, HistoryEvent, string]>([
  ['an outcome of nothing', { event: 'completed', id: 'x', outcome: 'ok', atMs: 0 }, 'nobody has invoked x'],
  ['what is no event', { event: 'dreamt' } as never, 'event 0 is {"event":"dreamt"}'],
  ['what is no object', null as never, 'event 0 is null'],
])('%s is refused', (_what, event, message) => {
  expect(() => historyOf([event])).toThrow(message);
});

test('a client without a name is refused', () => {
  expect(() => new Recorder({ client: '', append: () => undefined })).toThrow('a client has no name');
});
