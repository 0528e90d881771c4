import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedClock } from '@sustain/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConsoleStream, createLogging, type LoggingOptions, logCrashes } from './index.ts';
import { messagesOf, newFolder } from './log-reading.fixture.ts';

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = newFolder());
});
afterEach(() => remove());
const clock = new SimulatedClock();

describe('createLogging', () => {
  it('can be what seed 001 configures: bot.log, 10 MB, 5 backups, console, threshold 1000 ms (S1-37 to S1-41)', async () => {
    await using logging = createLogging({
      level: 'INFO',
      outputs: [
        {
          path: join(folder, 'logs/bot.log'),
          format: 'json',
          maxSizeBytes: 10_000_000,
          backupCount: 5,
          compress: true,
        },
        { console: 'pretty', stream: { write: () => true } },
      ],
      performance: { enabled: true, thresholdMs: 1000 },
      errors: { detailedContext: true, includeStackTrace: true },
      clock,
    });
    logging.logger('bot').info('hello');
    await logging.flush();
    expect(messagesOf(join(folder, 'logs/bot.log'))).toEqual(['hello']);
  });

  it('can be what seed 002 configures: 100 MB, 30 days, zip, errors.log with 50 MB and 90 days (S2-58 to S2-61)', async () => {
    await using logging = createLogging({
      level: 'INFO',
      outputs: [
        { console: 'pretty', stream: { write: () => true } },
        { path: join(folder, 'auralis.log'), maxSizeBytes: 100_000_000, retentionDays: 30, compress: true },
      ],
      errorsFile: { maxSizeBytes: 50_000_000, retentionDays: 90 },
      announce: true,
      clock,
    });
    logging.logger('auralis').info('an info');
    logging.logger('auralis').error('an error');
    expect(messagesOf(join(folder, 'errors.log'))).toEqual(['an error']);
    await logging.flush();
    expect(messagesOf(join(folder, 'auralis.log'))).toEqual(['logging at level INFO', 'an info', 'an error']);
  });

  it('has no file of errors where none is wanted, or another one', async () => {
    const path = join(folder, 'a.log');
    await createLogging({ outputs: [{ path }], errorsFile: false, clock }).close();
    expect(() => statSync(join(folder, 'errors.log'))).toThrow();
    await createLogging({
      outputs: [],
      errorsFile: { path: join(folder, 'bad.log'), level: 'DEBUG' },
      clock,
    }).close();
    expect(statSync(join(folder, 'bad.log')).size).toBe(0);
  });

  it.each<[object, RegExp]>([
    [{ level: 'LOUD' }, /level of the logging must be one of .*; got LOUD/],
    [{ outputs: [{ path: '' }] }, /path of the log file must be a text that is not empty/],
    [
      { outputs: [{ path: 'a', maxSizeBytes: 1 }] },
      /maxSizeBytes of the log file must be a whole number of 1024 or more|1024/,
    ],
    [
      { outputs: [{ path: 'a', retentionDays: 0 }] },
      /retentionDays of the log file must be a number above 0/,
    ],
    [{ outputs: [{ path: 'a', format: 'xml' }] }, /format of the log file must be one of json; got xml/],
    [{ outputs: [{ console: 'pink' }] }, /console of the console must be one of pretty,json; got pink/],
    [{ performance: { thresholdMs: -1 } }, /performance.thresholdMs of the logging/],
    [{ limits: { depth: 0 } }, /limits.depth of the logging/],
  ])('refuses %j', (options, message) => {
    expect(() => createLogging({ ...(options as LoggingOptions), errorsFile: false })).toThrow(message);
  });

  it('leaves no listener on the process', async () => {
    const before = process.listenerCount('exit');
    const loggings = Array.from({ length: 20 }, (_, n) =>
      createLogging({ outputs: [{ path: join(folder, `${n}.log`) }], errorsFile: false, clock }),
    );
    expect(process.listenerCount('exit')).toBe(before + 1);
    for (const logging of loggings) await logging.close();
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('logCrashes', () => {
  it('watches only while it is wanted', () => {
    const before = process.listenerCount('uncaughtExceptionMonitor');
    const stop = logCrashes(createLogging({ clock, outputs: [] }));
    expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(before + 1);
    stop();
    expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(before);
  });
});

describe('the console', () => {
  const print = (message: string, more: Partial<ConsoleStream> & { colors?: boolean } = {}) => {
    const { colors, ...stream } = more;
    const printed: string[] = [];
    const output = {
      console: 'pretty' as const,
      stream: { write: (text: string) => printed.push(text), ...stream },
    };
    const logging = createLogging({
      clock: new SimulatedClock(),
      outputs: [colors === undefined ? output : { ...output, colors }],
    });
    logging.logger('auralis/synthesis').warning(message, { context: { phrase: 7 } });
    return { text: printed.join(''), logging };
  };

  it('is readable for people: time, level, module, message, facts (S2-59)', () => {
    expect(print('late').text).toBe(
      '2026-01-01 00:00:00.000 | WARNING  | auralis/synthesis - late {"phrase":7}\n',
    );
  });

  it('shows no controls that a terminal would obey, nor a second line', () => {
    const { text } = print('a\x1b[2Jb\r\nERROR forged\u2028c\u202ed\x07');
    expect(text.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(text.split('\n')).toHaveLength(2);
  });

  it('is coloured on a terminal, and when it is wanted', () => {
    expect(print('x', { colors: true }).text).toContain('\x1b[33mWARNING ');
    expect(print('x', { isTTY: true, colors: false }).text).not.toContain('\x1b');
  });

  it('drops and counts what nobody reads, instead of keeping it', () => {
    const { text, logging } = print('x', { writableLength: 2_000_000 });
    expect(text).toBe('');
    expect(logging.counts.dropped.console).toBe(1);
  });

  it('survives a stream that throws, and a reader that goes away', async () => {
    const thrower = print('x', {
      write: () => {
        throw new Error('no');
      },
    });
    expect(thrower.logging.counts.dropped.console).toBe(1);
    const { PassThrough } = await import('node:stream');
    const stream = new PassThrough();
    const logging = createLogging({ clock, outputs: [{ console: 'json', stream }] });
    logging.logger('bot').info('somebody reads this');
    stream.destroy(new Error('EPIPE'));
    await new Promise((resolve) => setImmediate(resolve));
    logging.logger('bot').info('nobody reads this');
    expect(logging.counts.dropped.console).toBe(1);
    await logging.close();
    await createLogging({ clock, outputs: [{ console: 'json', stream }] }).close();
    expect(stream.listenerCount('error')).toBe(1);
  });

  it('survives a reader that has gone when it closes', async () => {
    const module = join(import.meta.dirname, 'fixtures', 'closing-process.ts');
    const child = spawn(process.execPath, [module], { stdio: 'pipe' });
    child.stderr.destroy();
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    await once(child.stderr, 'close');
    child.stdin.write('now\n');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('alive');
  });
});
