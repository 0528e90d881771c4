import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../log-entry.ts';
import { findLogFiles } from './log-file.ts';
import type { LogFilter } from './log-filter.ts';
import { collect, linesOf, logEntry, logFolder, MIDNIGHT_MS, messagesOf } from './log-folder.fixture.ts';
import { LogTroubles } from './log-troubles.ts';
import { type LogProgress, readLogs } from './read-logs.ts';

describe('readLogs', () => {
  test('merges rotated, gzipped and active files of several processes by time', async () => {
    const folder = logFolder();
    writeFileSync(
      join(folder, 'bot.20261122T000000300Z.log.gz'),
      gzipSync(linesOf(logEntry(100), logEntry(300))),
    );
    writeFileSync(join(folder, 'bot.20261122T000000500Z.log'), linesOf(logEntry(400), logEntry(500)));
    writeFileSync(join(folder, 'bot.log'), linesOf(logEntry(600), logEntry(700)));
    writeFileSync(join(folder, 'bot.2.log'), linesOf(logEntry(200), logEntry(450), logEntry(650)));
    writeFileSync(join(folder, 'bot.lock'), 'no log');
    expect(await messagesOf(readLogs(await findLogFiles(folder)))).toEqual(
      [100, 200, 300, 400, 450, 500, 600, 650, 700].map((atMs) => `at ${atMs}`),
    );
  });

  test('what cannot be read is skipped, counted and told by file; nothing else suffers', async () => {
    const folder = logFolder();
    const line = linesOf(logEntry(1));
    writeFileSync(join(folder, 'a-crash.log'), `${line}${line.slice(0, 30)}`);
    writeFileSync(
      join(folder, 'b-foreign.log'),
      'Nov 22 12:00 hello\n{"level":30,"msg":"pino"}\n[]\nnull\n"x"\n\n \n',
    );
    writeFileSync(join(folder, 'c-empty.log'), '');
    writeFileSync(join(folder, 'd-binary.log'), Buffer.alloc(5_000_000, 7));
    writeFileSync(join(folder, 'e-cut.log.gz'), gzipSync(line.repeat(3)).subarray(0, -4));
    writeFileSync(join(folder, 'f-no-zip.log.gz'), line);
    mkdirSync(join(folder, 'g-folder.log'));
    execFileSync('mkfifo', [join(folder, 'h-pipe.log')]);
    writeFileSync(
      join(folder, 'i-levels.log'),
      `{"timestamp":"soon","level":"INFO","module":"m","message":""}\n${line.replace('INFO', 'LOUD')}${line.replace('INFO', 'constructor')}`,
    );
    writeFileSync(join(folder, 'z-good.log'), `\u{feff}${line}`.slice(1) + line);
    const files = [...(await findLogFiles(folder)), { path: join(folder, 'gone.log'), compressed: false }];
    const troubles = new LogTroubles();
    expect(await messagesOf(readLogs(files, {}, { troubles }))).toEqual(Array(6).fill('at 1'));
    expect(
      troubles.list().map(({ path, reason, count }) => [path.slice(folder.length + 1), reason, count]),
    ).toEqual(
      expect.arrayContaining([
        ['a-crash.log', 'cut off', 1],
        ['b-foreign.log', 'no JSON', 1],
        ['b-foreign.log', 'no log entry', 4],
        ['d-binary.log', 'too long', 1],
        ['e-cut.log.gz', 'gzip cut off', 1],
        ['f-no-zip.log.gz', 'gzip damaged', 1],
        ['i-levels.log', 'no log entry', 3],
        ['gone.log.gz', 'unreadable file', 1],
      ]),
    );
    expect(troubles.total).toBe(13);
  });

  test('a last line without its end is an entry when it is whole', async () => {
    const folder = logFolder();
    writeFileSync(join(folder, 'bot.log'), linesOf(logEntry(1)).trimEnd());
    expect(await messagesOf(readLogs(await findLogFiles(folder)))).toEqual(['at 1']);
  });

  test('a file that was gzipped since it was found is read all the same, and none twice while both are there', async () => {
    const folder = logFolder();
    const path = join(folder, 'bot.1.log');
    writeFileSync(path, linesOf(logEntry(1)));
    writeFileSync(`${path}.gz`, gzipSync(linesOf(logEntry(1))));
    const files = await findLogFiles(folder);
    expect(await messagesOf(readLogs(files))).toEqual(['at 1']);
    rmSync(path);
    expect(await messagesOf(readLogs(files))).toEqual(['at 1']);
  });

  test('a filter finds exactly what it says, whatever characters are in it', async () => {
    const word = fc.constantFrom(
      'phrase',
      'a"b',
      'ü\\',
      'ſ',
      'K',
      'K',
      '1',
      '\u{1f600}',
      '/',
      'x y',
      '$&',
      '',
      '\t',
    );
    const entry = fc.record({
      timestamp: fc.integer({ min: 0, max: 9 }).map((atMs) => logEntry(atMs).timestamp),
      level: fc.constantFrom('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'),
      module: fc.constantFrom('auralis', 'auralis/synthesis', 'auralisx', 'a"b'),
      message: word,
      sessionId: fc.constant('s'),
      context: fc.dictionary(word, fc.oneof(word, fc.integer(), fc.array(word))),
      errorCode: word,
      operationId: word,
    }) as fc.Arbitrary<LogEntry>;
    const option = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 3 });
    const filters: fc.Arbitrary<LogFilter> = fc.record({
      level: option(fc.constantFrom('DEBUG', 'WARNING', 'CRITICAL')),
      module: option(fc.constantFrom('auralis', 'auralis/synthesis', 'a"b')),
      errorCode: option(word),
      operationId: option(word),
      text: option(word),
      sinceMs: option(fc.integer({ min: 0, max: 9 }).map((atMs) => MIDNIGHT_MS + atMs)),
      untilMs: option(fc.integer({ min: 0, max: 9 }).map((atMs) => MIDNIGHT_MS + atMs)),
    });
    const folder = logFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 30 }), filters, async (entries, filter) => {
        const inOrder = entries.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
        writeFileSync(join(folder, 'bot.log'), linesOf(...inOrder));
        const found = await collect(readLogs(await findLogFiles(folder), filter));
        expect(found).toEqual(inOrder.filter((one) => isWanted(one, filter)));
      }),
    );
  });

  test('progress counts the bytes on the disk up to all of them', async () => {
    const folder = logFolder();
    const zip = gzipSync(linesOf(...Array.from({ length: 5000 }, (_, i) => logEntry(i))));
    writeFileSync(join(folder, 'bot.1.log.gz'), zip);
    writeFileSync(join(folder, 'bot.log'), linesOf(logEntry(9000)));
    const seen: LogProgress[] = [];
    await collect(
      readLogs(await findLogFiles(folder), {}, { onProgress: (progress) => seen.push(progress) }),
    );
    const totalBytes = zip.length + linesOf(logEntry(9000)).length;
    expect(seen.every((progress, i) => progress.readBytes >= (seen[i - 1]?.readBytes ?? 0))).toBe(true);
    expect(seen.at(-1)).toEqual({ readBytes: totalBytes, totalBytes });
  });

  test('breaking off, and a signal, close every file', async () => {
    const folder = logFolder();
    for (let i = 0; i < 20; i++) {
      const text = linesOf(...Array.from({ length: 3000 }, (_, at) => logEntry(at)));
      writeFileSync(join(folder, `bot.${i}.log`), text);
      writeFileSync(join(folder, `zip.${i}.log.gz`), gzipSync(text));
    }
    for await (const entry of readLogs(await findLogFiles(folder))) if (entry.message === 'at 1000') break;
    expect(openIn(folder)).toEqual([]);
    const stop = new AbortController();
    const reading = (async () => {
      for await (const entry of readLogs(await findLogFiles(folder), {}, { signal: stop.signal })) {
        if (entry.message === 'at 1000') stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(openIn(folder)).toEqual([]);
  });

  test('a folder that is missing, empty or no folder of logs is told with the cure', async () => {
    const folder = logFolder();
    await expect(findLogFiles(join(folder, 'none'))).rejects.toThrow(
      /no logs to read in .*none \(ENOENT\): name the folder/,
    );
    await expect(findLogFiles(folder)).rejects.toMatchObject({ code: 'LOGS_NOT_FOUND' });
  });
});

/** The same as the filter promises, said plainly. */
function isWanted(entry: LogEntry, filter: LogFilter): boolean {
  const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];
  const { message, module, errorCode, operationId, sessionId, context } = entry;
  const texts: string[] = [message, module, errorCode ?? '', operationId ?? '', sessionId];
  for (const [key, value] of Object.entries(context ?? {})) {
    texts.push(
      key,
      ...(Array.isArray(value) ? value.flatMap((item, i) => [item, String(i)]) : [String(value)]),
    );
  }
  const atMs = Date.parse(entry.timestamp);
  return (
    levels.indexOf(entry.level) >= levels.indexOf(filter.level ?? 'DEBUG') &&
    (filter.module === undefined || module === filter.module || module.startsWith(`${filter.module}/`)) &&
    (filter.errorCode === undefined || errorCode === filter.errorCode) &&
    (filter.operationId === undefined || operationId === filter.operationId) &&
    (filter.text === undefined || texts.some((text) => fold(text).includes(fold(filter.text as string)))) &&
    atMs >= (filter.sinceMs ?? 0) &&
    atMs <= (filter.untilMs ?? Number.MAX_VALUE)
  );
}

/** Without the difference of small and capital letters: long s and the sign of kelvin are s and k. */
function fold(text: string): string {
  return text.replaceAll('ſ', 's').replaceAll('\u{212a}', 'k').toLowerCase();
}

function openIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // The one with which the folder was listed.
    }
  });
}
