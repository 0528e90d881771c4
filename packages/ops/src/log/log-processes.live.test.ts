import { readdirSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogging, type LogEntry, logFilesOf } from './index.ts';
import { entriesOf, linesOf, messagesOf, newFolder, writingProcess } from './log-reading.fixture.ts';

let folder: string;
let path: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = newFolder());
  path = join(folder, 'bot.log');
});
afterEach(() => remove());

const LINES = 3000;

describe('several processes on one folder', () => {
  it('lose no line and double none, while all of them rotate and compress (winston-daily-rotate-file#147, pm2-logrotate#51)', async () => {
    const labels = ['one', 'two', 'three'];
    const runs = labels.map((label) =>
      writingProcess({
        path,
        label,
        lines: LINES,
        level: 'info',
        end: 'wait',
        maxSizeBytes: 50_000,
        compress: true,
      }),
    );
    for (const run of runs) await run.written();
    for (const run of runs) run.child.stdin?.end();
    for (const run of runs) expect(await run.exited, run.stderr).toEqual([0, null]);
    for (const label of labels) {
      const own = entriesOf(path).filter(({ module }) => module === label);
      expect(own.map(({ message }) => message)).toEqual([
        ...Array.from({ length: LINES }, (_, line) => `line ${line}`),
        'last words',
      ]);
    }
    expect(new Set(logFilesOf(folder, 'bot.log').map(({ slot }) => slot))).toEqual(new Set([1, 2, 3]));
  });

  it('lose no error line and double none when they are killed again and again, and a slot of a dead one is free', async () => {
    const labels = ['a', 'b', 'c', 'd'];
    const task = { path, level: 'error', lines: 500, end: 'wait', maxSizeBytes: 20_000, compress: true };
    for (let pair = 0; pair < labels.length; pair += 2) {
      const runs = labels.slice(pair, pair + 2).map((label) => writingProcess({ ...task, label }));
      for (const run of runs) await run.written();
      for (const run of runs) run.child.kill('SIGKILL');
      for (const run of runs) await run.exited;
    }
    const errors = join(folder, 'errors.log');
    for (const label of labels) {
      const own = entriesOf(errors).filter(({ module }) => module === label);
      expect(own).toHaveLength(501);
      expect(new Set(own.map(({ message }) => message)).size).toBe(501);
    }
    expect(Math.max(...logFilesOf(folder, 'errors.log').map(({ slot }) => slot))).toBe(2);

    // The next run finishes what the killed ones have left.
    const before = linesOf(errors).toSorted();
    await using logging = createLogging({
      outputs: [{ path, backupCount: 1000, compress: true }],
      errorsFile: { backupCount: 1000 },
    });
    logging.logger('next').info('begins');
    await expect
      .poll(() => logFilesOf(folder, 'errors.log').filter((file) => file.rotatedAtMs && !file.isCompressed), {
        timeout: 20_000,
      })
      .toEqual([]);
    expect(linesOf(errors).toSorted()).toEqual(before);
  });

  it('that are killed while they compress leave no truncated file, and lose and double no line (pm2-logrotate#51)', async () => {
    const run = writingProcess({
      path,
      label: 'killed',
      lines: 60_000,
      level: 'info',
      end: 'wait',
      maxSizeBytes: 4_000_000,
      compress: true,
    });
    for await (const { filename } of watch(folder)) {
      if (filename?.endsWith('.gz.tmp')) break;
    }
    run.child.kill('SIGKILL');
    await run.exited;
    // Whole lines: the last one may have been cut off.
    const before = linesOf(path).filter((line) => line.endsWith('}'));
    expect(before.map((line) => (JSON.parse(line) as LogEntry).message)).toEqual(
      before.map((_, line) => `line ${line}`),
    );
    const logging = createLogging({
      outputs: [{ path, backupCount: 1000, compress: true }],
      errorsFile: false,
    });
    await expect
      .poll(() => logFilesOf(folder, 'bot.log').filter((file) => file.rotatedAtMs && !file.isCompressed), {
        timeout: 20_000,
      })
      .toEqual([]);
    await logging.close();
    expect(linesOf(path).filter((line) => line.endsWith('}'))).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('gives two loggings of one process files of their own', async () => {
    const one = createLogging({ outputs: [{ path }] });
    const other = createLogging({ outputs: [{ path }] });
    one.logger('one').info('1');
    other.logger('other').info('2');
    await one.close();
    await other.close();
    expect(messagesOf(path).toSorted()).toEqual(['1', '2']);
    expect(logFilesOf(folder, 'bot.log').map(({ name }) => name)).toEqual(['bot.log', 'bot.2.log']);
  });
});
