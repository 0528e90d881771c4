import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { LogEntry } from '@sustain/ops/log';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyFolder, MAIN, start, sustain } from './running-sustain.fixture.ts';

const WRITER = fileURLToPath(new URL('./log-writer.fixture.ts', import.meta.url));

describe('sustain logs', () => {
  test('tail -f loses and doubles nothing while real programs write, rotate and gzip their logs', async () => {
    const folder = emptyFolder();
    await ended(spawn(process.execPath, [WRITER, folder, '50']));
    const tail = start(['logs', 'tail', '-f', '--json', '-n', '5', '--folder', folder]);
    await expect.poll(tail.stdout, { timeout: 20_000 }).toContain('#49');
    expect(messages(tail.stdout())).toHaveLength(5);

    const programs = [0, 1].map(() => spawn(process.execPath, [WRITER, folder, '3000']));
    await Promise.all(programs.map(ended));
    const expected = programs
      .flatMap(({ pid }) => Array.from({ length: 3000 }, (_, i) => `${pid}#${i}`))
      .sort();
    await expect.poll(() => messages(tail.stdout()).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(6005);
    expect(messages(tail.stdout()).slice(5).sort()).toEqual(expected);
    tail.child.kill('SIGINT');
    expect(await tail.exit).toEqual({ code: 130, signal: null });
    expect(tail.stderr()).toBe('');

    const found = await logs('search', `${programs[0]?.pid}#`, '--json', '--folder', folder);
    expect(messages(found.stdout)).toEqual(
      Array.from({ length: 3000 }, (_, i) => `${programs[0]?.pid}#${i}`),
    );
  });

  test('search finds in rotated and gzipped files, and tells what it could not read', async () => {
    const folder = someLogs();
    appendFileSync(join(folder, 'bot.log'), '{"timestamp":"2026-11-');
    const found = await logs(
      'search',
      'device',
      '--level',
      'warning',
      '--since',
      '2026-11-22T00:00:01',
      '--folder',
      folder,
    );
    expect(found).toMatchObject({
      code: 0,
      stdout: [
        '2026-11-22T00:00:01.000Z ERROR    audio/out DEVICE_LOST: the device is gone operation=op-1\n',
        '2026-11-22T00:00:30.000Z ERROR    audio/out DEVICE_LOST: the device is gone operation=op-2\n',
      ].join(''),
      stderr: 'sustain: skipped what cannot be read: 1 × cut off in bot.log\n',
    });
    const limited = [
      'search',
      '--code',
      'DEVICE_LOST',
      '--operation',
      'op-1',
      '--module',
      'audio',
      '--limit',
      '1',
      '--json',
    ];
    expect(messages((await logs(...limited, '--folder', folder)).stdout)).toEqual(['the device is gone']);
    const nothing = await logs('search', 'no such thing', '--folder', folder);
    expect(nothing).toMatchObject({ code: 0, stdout: '' });
    expect(nothing.stderr).toContain('nothing found');
  });

  test('analyze counts, and prints the timeline around an operation', async () => {
    const folder = someLogs();
    const { stdout } = await logs('analyze', '--slow', '500', '--folder', folder);
    expect(stdout).toMatch(
      /^5 entries from 2026-11-22T00:00:00.000Z to 2026-11-22T00:01:00.000Z, 5\.00 a minute\n/,
    );
    expect(stdout).toMatch(
      /2 +2\.00 +too few to say +1 → 1 +ERROR +DEVICE_LOST +audio\/out +the device is gone/,
    );
    expect(stdout).toMatch(/1 +1 +700 +700 +700 +render/);
    const json = JSON.parse((await logs('analyze', '--json', '--folder', folder)).stdout);
    expect(json).toMatchObject({
      entries: 5,
      faults: [{ errorCode: 'DEVICE_LOST', count: 2 }],
      sessions: [{ errors: 2 }],
    });
    const timeline = await logs('analyze', '--operation', 'op-1', '--around', '1', '--folder', folder);
    expect(timeline.stdout.split('\n').map((line) => line.slice(0, 14))).toEqual([
      '     -1000 ms ',
      '>       +0 ms ',
      '      +500 ms ',
      '',
    ]);
    expect((await logs('analyze', '--operation', 'op-9', '--folder', folder)).stderr).toContain(
      'no entry has the operation "op-9"',
    );
  });

  test('a reader that goes away (| head) ends it quietly', () => {
    const folder = manyLogs();
    const command = `"${process.execPath}" "${MAIN}" logs search --folder "${folder}" | head -n 1; echo "$\{PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(stdout).toMatch(/^2026-11-22T00:00:00.000Z INFO .*\n0\n$/);
    expect(stderr).toBe('');
  });

  test('Ctrl-C ends a search cleanly, whose reader is slow', async () => {
    const search = start(['logs', 'search', '--folder', manyLogs()], { isOutputRead: false });
    await once(search.child.stdout, 'readable');
    search.child.kill('SIGINT');
    search.child.stdout.resume();
    expect(await search.exit).toEqual({ code: 130, signal: null });
    expect(search.stderr()).toBe('');
  });

  test('on a terminal it shows how far it is, and takes that away in the end', () => {
    const command = `"${process.execPath}" "${MAIN}" logs search nothing-like-it --folder "${manyLogs()}"`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(stdout).toMatch(/\r\[#+\.*\] \d+ % of \d+\.\d MB, \d+\.\d MB\/s/);
    expect(stdout.endsWith('\r\x1b[Ksustain: nothing found\r\n')).toBe(true);
  });

  test.each([
    [[], 2, /Usage: sustain logs/],
    [['--help'], 0, /tail[\s\S]*search[\s\S]*analyze/],
    [['tail', '--help'], 0, /--follow/],
    [['search', '--help'], 0, /--since <time>/],
    [['analyze', '--help'], 0, /--around <seconds>/],
    [['tail', '--loud'], 2, /unknown option '--loud'[\s\S]*--help/],
    [['tail', '-n', '-1'], 2, /a number of lines is a whole number from 0/],
    [['search', '--since', 'yesterday'], 2, /90s, 15m, 2h, 7d/],
    [['search', '--level', 'loud'], 2, /the levels are: DEBUG, INFO/],
    [['analyze', '--slow', 'x'], 2, /a time is a whole number/],
    [['search', 'a', 'b'], 2, /too many arguments/],
    [['tail', '--folder', '/nonexistent'], 1, /no logs to read in \/nonexistent \(ENOENT\): name the folder/],
  ])('logs %j exits with %d', async (args, code, says) => {
    const run = await logs(...args);
    expect(run.code).toBe(code);
    expect(run.stdout + run.stderr).toMatch(says);
  });
});

function line(atMs: number, fields: Partial<LogEntry> = {}): string {
  const timestamp = new Date(Date.UTC(2026, 10, 22) + atMs).toISOString();
  return `${JSON.stringify({ timestamp, level: 'INFO', module: 'music', message: 'plays', sessionId: 's', ...fields })}\n`;
}

/** Two devices lost and a slow rendering, in a gzipped, a rotated and an active file. */
function someLogs(): string {
  const folder = emptyFolder();
  const lost = {
    level: 'ERROR',
    module: 'audio/out',
    errorCode: 'DEVICE_LOST',
    message: 'the device is gone',
  } as const;
  const zipped = line(0) + line(1000, { ...lost, operationId: 'op-1' });
  writeFileSync(join(folder, 'bot.20261122T000001000Z.log.gz'), gzipSync(zipped));
  const slow = line(1500, { performance: { operation: 'render', durationMs: 700 } });
  writeFileSync(
    join(folder, 'bot.20261122T000030000Z.log'),
    slow + line(30_000, { ...lost, operationId: 'op-2' }),
  );
  writeFileSync(join(folder, 'bot.log'), line(60_000));
  return folder;
}

/** About 40 MB. */
function manyLogs(): string {
  const folder = emptyFolder();
  const text = Array.from({ length: 40_000 }, (_, i) =>
    line(i, { context: { padding: 'x'.repeat(100) } }),
  ).join('');
  for (let file = 0; file < 5; file++) writeFileSync(join(folder, `bot.${file}.log`), text);
  return folder;
}

const logs = (...args: readonly string[]) => sustain('logs', ...args);

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  expect(await once(child, 'close')).toEqual([0, null]);
}

function messages(jsonLines: string): string[] {
  const whole = jsonLines.slice(0, jsonLines.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((text) => (text === '' ? [] : [(JSON.parse(text) as LogEntry).message]));
}
