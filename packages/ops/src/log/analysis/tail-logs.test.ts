import { appendFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SimulatedClock } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, linesOf, logEntry, logFolder, MIDNIGHT_MS, messagesOf } from './log-folder.fixture.ts';
import { LogTroubles } from './log-troubles.ts';
import { tailLogs } from './tail-logs.ts';

/** Writes a file as if it had been done when its last entry was. */
function writeLog(path: string, timesMs: readonly number[], paddingBytes = 0): void {
  const text = linesOf(
    ...timesMs.map((atMs) => logEntry(atMs, { context: { padding: 'ü'.repeat(paddingBytes) } })),
  );
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text);
  const writtenS = (MIDNIGHT_MS + (timesMs.at(-1) ?? 0)) / 1000;
  utimesSync(path, writtenS, writtenS);
}

test('the last entries are those of a sort of all files', async () => {
  const files = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(
      files,
      fc.integer({ min: 0, max: 20 }),
      fc.constantFrom(0, 20_000),
      async (contents, count, padding) => {
        const folder = logFolder();
        const sorted = contents.map((times) => times.toSorted((a, b) => a - b));
        for (const [i, times] of sorted.entries())
          writeLog(join(folder, `${i}.log${i % 2 === 1 ? '.gz' : ''}`), times, padding);
        const last = await collect(tailLogs(folder, {}, { count }));
        const all = contents.flat().toSorted((a, b) => a - b);
        expect(last.map(({ message }) => message)).toEqual(
          all.slice(all.length - Math.min(count, all.length)).map((atMs) => `at ${atMs}`),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('a line of several hundred kilobytes is found from the end, and one that was cut off is counted', async () => {
  const folder = logFolder();
  const path = join(folder, 'bot.log');
  writeFileSync(path, linesOf(logEntry(1), logEntry(2, { message: 'ö'.repeat(300_000) }), logEntry(3)));
  appendFileSync(path, '{"timestamp":"20');
  const troubles = new LogTroubles();
  const last = await messagesOf(tailLogs(folder, {}, { count: 3, troubles }));
  expect(last).toEqual(['at 1', 'ö'.repeat(300_000), 'at 3']);
  expect(troubles.list()).toEqual([{ path, reason: 'cut off', count: 1 }]);
});

test('following begins where the last lines ended, hears of a rotation, and ends with the signal', async () => {
  const folder = logFolder();
  const path = join(folder, 'bot.log');
  writeFileSync(path, linesOf(logEntry(1), logEntry(2)));
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const entries = tailLogs(folder, {}, { count: 1, follow: true, clock, signal: stop.signal });
  expect((await entries.next()).value?.message).toBe('at 2');
  appendFileSync(path, linesOf(logEntry(3)));
  expect((await entries.next()).value?.message).toBe('at 3');
  appendFileSync(path, linesOf(logEntry(4)));
  renameSync(path, join(folder, 'bot.20261122T000000004Z.log'));
  writeFileSync(path, linesOf(logEntry(5)));
  const next = [entries.next(), entries.next()];
  await expect
    .poll(() => clock.advance(250).then(() => Promise.race([next[0], 'waits'])))
    .toMatchObject({ value: { message: 'at 4' } });
  expect((await next[1])?.value?.message).toBe('at 5');
  const end = expect(entries.next()).rejects.toThrow('enough');
  stop.abort(new Error('enough'));
  await clock.advance(250);
  await end;
});

test('options out of range are refused', () => {
  expect(() => tailLogs('x', {}, { count: -1 })).toThrow(
    'count of the tail must be a whole number from 0 to 1000000; got -1',
  );
  expect(() => tailLogs('x', {}, { pollMs: 0 })).toThrow('pollMs of the tail');
});
