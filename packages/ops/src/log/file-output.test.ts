import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Signals, SimulatedClock } from '@sustain/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConsoleStream,
  createLogging,
  type LogEntry,
  type LoggingOptions,
  logFilesOf,
  logOutputLost,
  logOutputRestored,
} from './index.ts';
import { linesOf, messagesOf, newFolder } from './log-reading.fixture.ts';

let folder: string;
let path: string;
let remove: () => void;
let clock: SimulatedClock;
let printed: string[];
let stream: ConsoleStream;
beforeEach(() => {
  ({ folder, remove } = newFolder());
  path = join(folder, 'bot.log');
  clock = new SimulatedClock();
  printed = [];
  stream = { write: (text) => printed.push(text) };
});
afterEach(() => remove());

const open = (file: object = {}, more: LoggingOptions = {}) =>
  createLogging({ outputs: [{ path, ...file }], errorsFile: false, clock, ...more });
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('rotation', () => {
  it('keeps every file within its size, also in a burst that comes in one go (pino-roll’s overshoot)', async () => {
    const logging = open({ maxSizeBytes: 10_000, backupCount: 1000, compress: false });
    const logger = logging.logger('bot');
    for (let line = 0; line < 5000; line++) logger.info(`line ${line}`);
    await logging.close();
    const files = logFilesOf(folder, 'bot.log');
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) expect(statSync(file.path).size).toBeLessThanOrEqual(10_000);
    expect(messagesOf(path)).toEqual(Array.from({ length: 5000 }, (_, line) => `line ${line}`));
    expect(logging.counts).toMatchObject({ writtenLines: 5000, rotations: files.length - 1, diskErrors: 0 });
  });

  it('gives a line that is larger than the file a file of its own', async () => {
    const logging = open({ maxSizeBytes: 1024 });
    const logger = logging.logger('bot');
    logger.info('a');
    logger.info('x'.repeat(3000));
    logger.info('b');
    await logging.close();
    expect(logFilesOf(folder, 'bot.log')).toHaveLength(3);
    expect(messagesOf(path)).toEqual(['a', 'x'.repeat(3000), 'b']);
  });

  it('rotates by age when another line comes, and never while idle', async () => {
    await using logging = open({ rotateEveryMs: 60_000, compress: false });
    const logger = logging.logger('bot');
    logger.info('one');
    await logging.flush();
    await clock.advance(120_000);
    expect(logFilesOf(folder, 'bot.log')).toHaveLength(1);
    logger.info('two');
    await logging.flush();
    expect(logFilesOf(folder, 'bot.log').map(({ name }) => name)).toEqual([
      'bot.20260101T000200000Z.log',
      'bot.log',
    ]);
    expect(messagesOf(path)).toEqual(['one', 'two']);
  });

  it('names files in order even when the clock is set back between them', async () => {
    for (const startMs of [2e12, 1e12, 1.5e12]) {
      const logging = open(
        { maxSizeBytes: 1024, compress: false, backupCount: 100 },
        { clock: new SimulatedClock(startMs) },
      );
      for (let line = 0; line < 12; line++) logging.logger('bot').info(`${startMs} ${line}`);
      await logging.close();
    }
    const expected = [2e12, 1e12, 1.5e12].flatMap((ms) =>
      Array.from({ length: 12 }, (_, line) => `${ms} ${line}`),
    );
    expect(messagesOf(path)).toEqual(expected);
  });
});

describe('retention', () => {
  /** A folder as earlier runs, and other processes, have left it. */
  const leave = (...stamps: string[]) => {
    for (const stamp of stamps) writeFileSync(join(folder, `bot.${stamp}Z.log.gz`), gzipSync('{}\n'));
  };
  const names = () => readdirSync(folder).filter((name) => !name.startsWith('.'));

  it('counts the files of earlier runs, and of other processes (pino-roll#114, #8)', async () => {
    leave('20251228T000000000', '2.20251229T000000000', '20251230T000000000', '3.20251231T000000000');
    writeFileSync(join(folder, 'bot.other.log'), 'not ours');
    await using logging = open({ backupCount: 2 });
    await clock.advance(200);
    await expect
      .poll(names)
      .toEqual([
        'bot.20251230T000000000Z.log.gz',
        'bot.3.20251231T000000000Z.log.gz',
        'bot.log',
        'bot.other.log',
      ]);
    expect(logging.counts.diskErrors).toBe(0);
  });

  it('removes what is older than its days, and goes on doing so while nothing is rotated', async () => {
    leave('20251201T000000000', '20251203T000000000', '20251231T000000000');
    await using _logging = open({ retentionDays: 30 });
    await clock.advance(200);
    await expect
      .poll(names)
      .toEqual(['bot.20251203T000000000Z.log.gz', 'bot.20251231T000000000Z.log.gz', 'bot.log']);
    await expect
      .poll(async () => {
        await clock.advance(86_400_000);
        return names();
      })
      .toEqual(['bot.20251231T000000000Z.log.gz', 'bot.log']);
  });

  it('removes what a process has left behind when it is too old, unless somebody writes it', async () => {
    for (const slot of ['', '.2', '.3']) {
      writeFileSync(join(folder, `bot${slot}.log`), '{}\n');
      utimesSync(join(folder, `bot${slot}.log`), 1e9, slot === '.3' ? clock.wallMs() / 1000 : 1e9);
    }
    await using _logging = open({ retentionDays: 30 });
    await clock.advance(200);
    await expect.poll(names).toEqual(['bot.3.log', 'bot.log']);
  });
});

describe('compression', () => {
  it('that was interrupted anywhere is finished or begun anew by the next start: nothing truncated, lost or doubled (pm2-logrotate#51)', async () => {
    const text = (line: number) => `{"message":"${line}"}\n`;
    // Killed while compressing: half a file.
    writeFileSync(join(folder, 'bot.20251201T000000000Z.log'), text(1));
    writeFileSync(join(folder, 'bot.20251201T000000000Z.log.gz.tmp'), gzipSync(text(1)).subarray(0, 9));
    // Killed between naming the compressed file and removing the original.
    writeFileSync(join(folder, 'bot.20251202T000000000Z.log'), text(2));
    writeFileSync(join(folder, 'bot.20251202T000000000Z.log.gz'), gzipSync(text(2)));
    // Killed between the rotation and all that.
    writeFileSync(join(folder, 'bot.20251203T000000000Z.log'), text(3));
    expect(messagesOf(path)).toEqual(['1', '2', '3']);
    await using _logging = open();
    await clock.advance(200);
    await expect
      .poll(() => readdirSync(folder).filter((name) => !name.startsWith('.')))
      .toEqual([
        'bot.20251201T000000000Z.log.gz',
        'bot.20251202T000000000Z.log.gz',
        'bot.20251203T000000000Z.log.gz',
        'bot.log',
      ]);
    expect(messagesOf(path)).toEqual(['1', '2', '3']);
  });

  it('of what cannot be read keeps no other from it, and is counted', async () => {
    mkdirSync(join(folder, 'bot.20251201T000000000Z.log'));
    writeFileSync(join(folder, 'bot.20251202T000000000Z.log'), '{}\n');
    await using logging = open();
    await clock.advance(200);
    await expect.poll(() => readdirSync(folder)).toContain('bot.20251202T000000000Z.log.gz');
    expect(logging.counts.diskErrors).toBe(1);
  });

  it('is given up by close, and leaves nothing half-written', async () => {
    const logging = open({ maxSizeBytes: 20_000_000, flushEveryMs: 1, maxBufferBytes: 64_000_000 });
    const logger = logging.logger('bot');
    for (let line = 0; line < 2100; line++) logger.info('x'.repeat(8000) + line);
    logger.info('rotates');
    logger.info('x'.repeat(8000));
    for (let line = 0; line < 800; line++) logger.info('y'.repeat(8000) + line);
    await logging.close();
    const names = readdirSync(folder);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(linesOf(path)).toHaveLength(2902);
  });
});

describe('a full disk', () => {
  it('is told once, sends entries to the console, counts what is dropped, and is left when there is room again', async () => {
    symlinkSync('/dev/full', path);
    const signals = new Signals({ clock });
    const told: unknown[] = [];
    signals.on(logOutputLost, ({ data }) => told.push(data.fault.code));
    signals.on(logOutputRestored, ({ data }) => told.push(data));
    const logging = open(
      { maxBufferBytes: 65_536 },
      {
        signals,
        outputs: [
          { path, maxBufferBytes: 65_536 },
          { console: 'pretty', stream },
        ],
      },
    );
    const logger = logging.logger('bot');
    logger.info('first');
    await logging.flush();
    await settled();
    for (let line = 0; line < 1000; line++) logger.info(`line ${line} ${'x'.repeat(100)}`);
    await clock.advance(30_000);
    expect(told).toEqual(['LOG_DISK_FULL']);
    expect(printed.filter((line) => line.includes('LOG_DISK_FULL'))).toHaveLength(1);
    expect(printed.join('')).toContain('line 999 ');
    expect(logging.counts.dropped.disk).toBeGreaterThan(500);

    unlinkSync(path);
    // A try that is under way still fails, and the next one follows.
    await expect
      .poll(async () => {
        await clock.advance(60_000);
        return told;
      })
      .toHaveLength(2);
    await logging.close();
    expect(told[1]).toMatchObject({
      path,
      downMs: expect.any(Number),
      droppedLines: logging.counts.dropped.disk,
    });
    const messages = messagesOf(path);
    expect(messages[0]).toBe('first');
    expect(messages.at(-1)).toContain(`${logging.counts.dropped.disk} lines of that time are not in it`);
    expect(logging.counts.writtenLines).toBe(messages.length);
  });

  it('of the file of errors is survived, too, and its lines are written when there is room', async () => {
    const errors = join(folder, 'errors.log');
    symlinkSync('/dev/full', errors);
    const logging = open({}, { errorsFile: {}, outputs: [{ path }, { console: 'json', stream }] });
    logging.logger('bot').error('one');
    logging.logger('bot').error('two');
    await settled();
    unlinkSync(errors);
    await clock.advance(1000);
    logging.logger('bot').error('three');
    expect(messagesOf(errors).filter((message) => !message.includes(errors))).toEqual([
      'one',
      'two',
      'three',
    ]);
    await logging.close();
    expect(messagesOf(path).filter((message) => !message.includes(errors))).toEqual(['one', 'two', 'three']);
  });

  it('does not hang an exit: flushSync and close return (SonicBoom’s flushSync never does)', async () => {
    symlinkSync('/dev/full', path);
    const logging = open({}, { outputs: [{ path }, { console: 'json', stream }] });
    logging.logger('bot').info('lost');
    logging.flushSync();
    await logging.close();
    expect(logging.counts).toMatchObject({ writtenLines: 0, dropped: { disk: 2 } });
  });
});

describe('a disk that takes a part of a line and then no more', () => {
  it.each([false, true])('costs no line when there is room again; synchronous: %s', (sync) => {
    const module = join(import.meta.dirname, 'fixtures', 'limited-process.ts');
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'trap "" XFSZ; ulimit -f 20; exec "$0" "$@"', process.execPath, module, path, `${sync}`],
      { encoding: 'utf8', timeout: 5000 },
    );
    expect(stderr).toContain('LOG_DISK_FULL');
    const lines = [...readFileSync(`${path}.moved`, 'utf8').split('\n'), ...linesOf(path)];
    const messages = lines.flatMap((line) => {
      try {
        return [(JSON.parse(line) as LogEntry).message];
      } catch {
        return [];
      }
    });
    expect(messages.filter((message) => message.startsWith('line '))).toEqual(
      Array.from({ length: 100 }, (_, line) => `line ${line}`),
    );
    expect(JSON.parse(stdout)).toMatchObject({ dropped: { disk: 0 }, writtenLines: messages.length });
  });
});

describe('a folder', () => {
  it('that cannot be made is told once, and used as soon as it can be', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, 'a file where a folder should be');
    const logging = createLogging({
      outputs: [{ path: join(blocked, 'bot.log') }, { console: 'pretty', stream }],
      errorsFile: false,
      clock,
    });
    logging.logger('bot').info('one');
    await clock.advance(10_000);
    expect(printed.filter((line) => line.includes('LOG_FOLDER_UNUSABLE'))).toHaveLength(1);
    rmSync(blocked);
    await clock.advance(60_000);
    await logging.close();
    expect(messagesOf(join(blocked, 'bot.log'))).toContain('one');
  });

  it('that is deleted while it is written to is made again', async () => {
    const logs = join(folder, 'logs');
    await using logging = createLogging({
      outputs: [{ path: join(logs, 'bot.log') }],
      errorsFile: false,
      clock,
    });
    logging.logger('bot').info('one');
    await logging.flush();
    rmSync(logs, { recursive: true });
    await clock.advance(200);
    logging.logger('bot').info('two');
    await logging.flush();
    expect(messagesOf(join(logs, 'bot.log'))).toEqual(['two']);
    expect(logging.counts.diskErrors).toBe(0);
  });
});

describe('a file', () => {
  it('that others move away or cut off is gone on with', async () => {
    await using logging = open({ sync: true });
    const logger = logging.logger('bot');
    logger.info('one');
    renameSync(path, join(folder, 'moved'));
    await clock.advance(200);
    logger.info('two');
    expect(messagesOf(path)).toEqual(['two']);
    writeFileSync(path, '');
    await clock.advance(200);
    logger.info('three');
    expect(messagesOf(path)).toEqual(['three']);
    expect(existsSync(join(folder, 'moved'))).toBe(true);
  });

  it('whose last line is half is gone on with on a line of its own', async () => {
    appendFileSync(path, '{"message":"ha');
    const logging = open();
    logging.logger('bot').info('whole');
    await logging.close();
    expect(linesOf(path)[0]).toBe('{"message":"ha');
    expect(JSON.parse(linesOf(path)[1] as string)).toMatchObject({ message: 'whole' });
  });

  it('is written after a moment, or at once when it is full of lines, and at once when it is synchronous', async () => {
    await using logging = open({ flushEveryMs: 250 });
    logging.logger('bot').info('one');
    expect(linesOf(path)).toEqual([]);
    await clock.advance(250);
    await expect.poll(() => messagesOf(path)).toEqual(['one']);
    expect(clock.waitingTimers).toBeLessThanOrEqual(1);
  });

  it('takes no more memory than it may while the disk is slow: what is beyond is dropped, counted and told', async () => {
    const logging = open({ maxBufferBytes: 65_536 });
    for (let line = 0; line < 10_000; line++) logging.logger('bot').info(`line ${line}`);
    const { buffer } = logging.counts.dropped;
    expect(buffer).toBeGreaterThan(5000);
    await logging.flush();
    await settled();
    await logging.close();
    const messages = messagesOf(path);
    expect(messages).toHaveLength(10_001 - buffer);
    expect(messages.at(-1)).toBe(`${path} was too slow for all that came: ${buffer} lines are not in it`);
  });
});

describe('close', () => {
  it('is done once however often it is asked for, and counts what comes later', async () => {
    const logging = open();
    logging.logger('bot').info('one');
    await Promise.all([logging.close(), logging.close()]);
    await logging.close();
    logging.logger('bot').info('late');
    expect(messagesOf(path)).toEqual(['one']);
    expect(logging.counts.dropped.closed).toBe(1);
    expect(clock.waitingTimers).toBe(0);
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });

  it('frees its slot: the next logging has the same file', async () => {
    for (const message of ['one', 'two']) {
      const logging = open();
      logging.logger('bot').info(message);
      await logging.close();
    }
    expect(logFilesOf(folder, 'bot.log').map(({ name }) => name)).toEqual(['bot.log']);
    mkdirSync(join(folder, 'empty'));
    expect(logFilesOf(join(folder, 'empty'), 'bot.log')).toEqual([]);
  });
});
