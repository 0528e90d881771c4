import { join } from 'node:path';
import { defineFaults, fault, faultRaised, Signals, SimulatedClock, severity } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { createLogging, type LogEntry, logSignals } from '../index.ts';
import { analyzeLogs } from './analyze-logs.ts';
import { findLogFiles } from './log-file.ts';
import { collect, logEntry, logFolder } from './log-folder.fixture.ts';
import { readLogs } from './read-logs.ts';
import { timelineOf } from './timeline.ts';
import { trendOf } from './trend.ts';

const faults = defineFaults('test', {
  DEVICE_LOST: fault<Record<string, never>>({
    category: 'device',
    severity: severity.ERROR,
    recovery: 'restart',
    message: () => 'the device is gone',
  }),
});

test('counts faults by code and module, with rates, halves and trends', async () => {
  const lost = (atMs: number) =>
    logEntry(atMs, { level: 'ERROR', errorCode: 'DEVICE_LOST', operationId: `op-${atMs}` });
  const low = (atMs: number) =>
    logEntry(atMs, { level: 'WARNING', errorCode: 'BUFFER_LOW', module: 'buffer' });
  const entries = [
    logEntry(0),
    ...Array.from({ length: 20 }, (_, i) => lost(30_000 + i * 100)),
    ...Array.from({ length: 60 }, (_, i) => low(i * 10_000)),
    ...Array.from({ length: 40 }, (_, i) => lost(400_000 + i * 1000)),
    logEntry(600_000, { errorCode: 'DEVICE_LOST', message: 'recovered' }),
  ].toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  const analysis = await analyzeLogs(entries);
  expect(analysis).toMatchObject({
    entries: 122,
    from: '2026-11-22T00:00:00.000Z',
    to: '2026-11-22T00:10:00.000Z',
    perMinute: 12.2,
    levels: { INFO: 2, WARNING: 60, ERROR: 60 },
    leftOut: { faults: 0, operations: 0, modules: 0, sessions: 0 },
  });
  const [first, second] = analysis.faults.toSorted((a, b) =>
    (a.errorCode ?? '') < (b.errorCode ?? '') ? -1 : 1,
  );
  expect(analysis.faults).toHaveLength(2);
  expect(first).toMatchObject({ errorCode: 'BUFFER_LOW', module: 'buffer', count: 60, perMinute: 6 });
  expect(first?.trend.direction).toBe('steady');
  expect(second).toMatchObject({
    errorCode: 'DEVICE_LOST',
    count: 60,
    trend: { direction: 'rising', firstHalf: 20, secondHalf: 40 },
    firstAt: '2026-11-22T00:00:30.000Z',
    lastAt: '2026-11-22T00:07:19.000Z',
    lastOperationId: 'op-439000',
  });
});

test('the halves of a fault are counted exactly, and their edge is near the middle, however long the time is', async () => {
  for (const totalMs of [1000, 60_000, 7 * 3_600_000, 400 * 86_400_000]) {
    const atMs = Array.from({ length: 1001 }, (_, i) => Math.round((totalMs * i) / 1000));
    const { faults, middle } = await analyzeLogs(atMs.map((ms) => logEntry(ms, { level: 'ERROR' })));
    const edgeMs = Date.parse(middle as string) - Date.parse(logEntry(0).timestamp);
    expect(faults[0]?.trend.firstHalf).toBe(atMs.filter((ms) => ms < edgeMs).length);
    expect(faults[0]?.trend.secondHalf).toBe(atMs.filter((ms) => ms >= edgeMs).length);
    if (totalMs >= 60_000) expect(Math.abs(edgeMs - totalMs / 2)).toBeLessThanOrEqual(totalMs / 64);
  }
});

test('faults that the log left out, as too many alike, are counted all the same', async () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const folder = logFolder();
  const logging = createLogging({ outputs: [{ path: join(folder, 'bot.log') }], clock });
  const stop = logSignals(signals, logging, { clock, mostAlike: 3 });
  const raised = signals.channel(faultRaised);
  for (let i = 0; i < 100; i++) {
    raised.emit({ fault: faults.DEVICE_LOST({}), context: { component: 'audio' } }, { source: 'audio' });
  }
  stop();
  await logging.close();
  const analysis = await analyzeLogs(readLogs(await findLogFiles(folder)));
  expect(analysis.entries).toBe(4);
  expect(analysis.faults).toMatchObject([{ errorCode: 'DEVICE_LOST', module: 'audio', count: 100 }]);
});

test('measures slow operations', async () => {
  const took = (durationMs: number) =>
    logEntry(durationMs, { performance: { operation: 'render', durationMs } });
  const entries = Array.from({ length: 1000 }, (_, i) => took(i + 1));
  const { operations } = await analyzeLogs(
    [...entries, logEntry(2000, { performance: { operation: 'save', durationMs: 3 } })],
    {
      slowMs: 901,
    },
  );
  expect(operations.map(({ operation, slow, count }) => [operation, slow, count])).toEqual([
    ['render', 100, 1000],
    ['save', 0, 1],
  ]);
  const [render] = operations;
  expect(render?.maxMs).toBe(1000);
  expect(Math.abs((render?.p50Ms ?? 0) - 500)).toBeLessThanOrEqual(5);
  expect(Math.abs((render?.p95Ms ?? 0) - 950)).toBeLessThanOrEqual(10);
});

test('20,000 distinct codes, modules, sessions and operations are cut off and counted, in bounded memory', async () => {
  function* entries(): Generator<LogEntry> {
    for (let i = 0; i < 20_000; i++) {
      const name = `name-${i}`;
      yield logEntry(i, {
        ...{ level: 'ERROR', errorCode: name, module: name, sessionId: name },
        performance: { operation: name, durationMs: 5 },
      });
    }
  }
  const { faults, operations, modules, sessions, leftOut } = await analyzeLogs(entries());
  expect([faults, operations, modules, sessions].map(({ length }) => length)).toEqual([
    5000, 1000, 1000, 1000,
  ]);
  expect(leftOut).toEqual({ faults: 15_000, operations: 19_000, modules: 19_000, sessions: 19_000 });
});

test('nothing, and all at one moment, are no trouble', async () => {
  expect(await analyzeLogs([])).toMatchObject({ entries: 0, perMinute: 0, faults: [], levels: { INFO: 0 } });
  const once = await analyzeLogs([[logEntry(5, { level: 'ERROR' }), logEntry(5, { level: 'ERROR' })]]);
  expect(once.faults).toMatchObject([{ count: 2, perMinute: 0, trend: { direction: 'too few to say' } }]);
  expect(once.middle).toBeUndefined();
  await expect(analyzeLogs([], { slowMs: -1 })).rejects.toThrow(
    'slowMs of the analysis must be a number from 0',
  );
});

test.each([
  [0, 3, 0.5, 'too few to say'],
  [10, 10, 0.5, 'steady'],
  [100, 115, 0.5, 'steady'],
  [100, 150, 0.5, 'rising'],
  [150, 100, 0.5, 'falling'],
  [100, 150, 0.6, 'steady'],
  [0, 8, 0.5, 'rising'],
])('of %d and then %d, with a share of %d of the time, it is %s', (first, second, share, direction) => {
  expect(trendOf(first, second, share)).toEqual({ direction, firstHalf: first, secondHalf: second });
});

test('a timeline shows an operation and what happened around it', async () => {
  const own = { operationId: 'op' };
  const entries = [
    logEntry(0),
    logEntry(4000),
    logEntry(9000, own),
    logEntry(10_000),
    logEntry(12_000, own),
    logEntry(17_000),
    logEntry(17_001),
  ];
  const timeline = await collect(timelineOf(entries, 'op', { aroundMs: 5000 }));
  expect(timeline.map(({ offsetMs, isOwn }) => [offsetMs, isOwn])).toEqual([
    [-5000, false],
    [0, true],
    [1000, false],
    [3000, true],
    [8000, false],
  ]);
  expect(await collect(timelineOf(entries, 'other'))).toEqual([]);
});

test('what stands between two entries of an operation, and near either, is told once', async () => {
  const own = { operationId: 'op' };
  const entries = [logEntry(0, own), logEntry(900), logEntry(3000), logEntry(5000), logEntry(6000, own)];
  const timeline = await collect(timelineOf(entries, 'op', { aroundMs: 1000 }));
  expect(timeline.map(({ offsetMs }) => offsetMs)).toEqual([0, 900, 5000, 6000]);
});
