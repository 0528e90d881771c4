import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLogFiles } from './log-file.ts';
import { linesOf, logEntry, logFolder, messagesOf } from './log-folder.fixture.ts';
import { readLogs } from './read-logs.ts';
import { tailLogs } from './tail-logs.ts';
import { Twins } from './twins.ts';

const error = (atMs: number, message = `at ${atMs}`) => logEntry(atMs, { level: 'ERROR', message });

test('an error that stands in the general log and in that of the errors is told once, and one that only either has, too', async () => {
  const folder = logFolder();
  writeFileSync(
    join(folder, 'bot.log'),
    linesOf(logEntry(1), error(2), error(2), logEntry(3), error(4), logEntry(5)),
  );
  writeFileSync(
    join(folder, 'errors.log'),
    linesOf(error(2), error(2), error(4), error(9, 'lost from the buffer')),
  );
  const told = ['at 1', 'at 2', 'at 2', 'at 3', 'at 4', 'at 5', 'lost from the buffer'];
  expect(await messagesOf(readLogs(await findLogFiles(folder)))).toEqual(told);
  expect(await messagesOf(tailLogs(folder))).toEqual(told);
  expect(await messagesOf(tailLogs(folder, {}, { count: 4 }))).toEqual(told.slice(-4));
});

test('following tells an error as soon as one file has it, and not again when the other gets it', async () => {
  const folder = logFolder();
  writeFileSync(join(folder, 'bot.log'), linesOf(logEntry(1)));
  writeFileSync(join(folder, 'errors.log'), linesOf(error(2)));
  const entries = tailLogs(folder, {}, { follow: true, pollMs: 1 });
  const next = async () => (await entries.next()).value?.message;
  expect([await next(), await next()]).toEqual(['at 1', 'at 2']);
  appendFileSync(join(folder, 'bot.log'), linesOf(error(2), logEntry(3)));
  expect(await next()).toBe('at 3');
  appendFileSync(join(folder, 'errors.log'), linesOf(error(4)));
  expect(await next()).toBe('at 4');
  appendFileSync(join(folder, 'bot.log'), linesOf(error(4), logEntry(5)));
  expect(await next()).toBe('at 5');
  await entries.return();
});

test('what is remembered of errors is bounded', () => {
  const twins = new Twins();
  for (let i = 0; i < 10_001; i++) twins.isTwin('bot.log', error(i));
  expect(twins.isTwin('errors.log', error(10_000))).toBe(true);
  expect(twins.isTwin('errors.log', error(0))).toBe(false);
});
