import { type Clock, systemClock } from '@sustain/kernel';
import { checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { LogEntry } from '../log-entry.ts';
import { type EndedFile, lastEntries } from './last-entries.ts';
import { findLogFiles, openLogFile } from './log-file.ts';
import { type EntryTest, entryTest, type LogFilter } from './log-filter.ts';
import { LogFollower } from './log-follower.ts';
import { LogTroubles } from './log-troubles.ts';
import { Twins } from './twins.ts';

export interface TailLogsOptions {
  /** How many of the last wanted entries come first. A whole number from 0 to a million. Default 20. */
  readonly count?: number | undefined;
  /** Whether what is written from now on comes, too; then only `signal`, or breaking off, ends it. Default false. */
  readonly follow?: boolean | undefined;
  /** Between two looks at the files. Default 250. */
  readonly pollMs?: number | undefined;
  /** Ends it: the iteration rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Counts what could not be read. Default: nobody hears of it. */
  readonly troubles?: LogTroubles | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
}

/**
 * The last entries of all logs of a folder, or of one file, oldest first; and, followed, those that come, without loss or
 * doubling through rotations, deletions and new files. A line counts once it is complete. Rejects with LOGS_NOT_FOUND
 * when there is none at the beginning. Throws a RangeError or TypeError when an option is out of range.
 */
export function tailLogs(
  path: string,
  filter: LogFilter = {},
  options: TailLogsOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  const { count = 20, follow = false, pollMs = 250, clock = systemClock, signal } = options;
  checkOptions('tail', { count: [count, TAIL_COUNT], pollMs: [pollMs, POSITIVE] });
  const { troubles = new LogTroubles() } = options;
  const tail = { path, test: entryTest(filter), count, pollMs, clock, signal, troubles };
  return follow ? followLogs(tail) : lastLogs(tail);
}

interface Tail {
  readonly path: string;
  readonly test: EntryTest;
  readonly count: number;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly troubles: LogTroubles;
}

async function* followLogs(tail: Tail): AsyncGenerator<LogEntry, void, undefined> {
  const { path, test, count, pollMs, clock, signal, troubles } = tail;
  const twins = new Twins();
  const follower = new LogFollower(path, test, troubles, twins);
  try {
    yield* await lastEntries(await follower.begin(), { count, test, troubles, twins, signal });
    for (;;) {
      for await (const entries of follower.look()) {
        signal?.throwIfAborted();
        yield* entries;
      }
      await clock.sleep(pollMs, { signal });
    }
  } finally {
    await follower.close();
  }
}

async function* lastLogs(tail: Tail): AsyncGenerator<LogEntry, void, undefined> {
  const { path, test, count, signal, troubles } = tail;
  const files = await openAll(path, troubles);
  let entries: LogEntry[];
  try {
    entries = await lastEntries(files, { count, test, troubles, twins: new Twins(), signal });
  } finally {
    await Promise.all(files.map(({ handle }) => handle?.close()));
  }
  yield* entries;
}

async function openAll(path: string, troubles: LogTroubles): Promise<EndedFile[]> {
  const files: EndedFile[] = [];
  for (const file of await findLogFiles(path)) {
    try {
      const { handle, stats } = await openLogFile(file.path);
      const ended = { ...file, endBytes: stats.size, writtenMs: stats.mtimeMs };
      if (file.compressed) await handle.close();
      files.push(file.compressed ? ended : { ...ended, handle });
    } catch {
      troubles.add(file.path, 'unreadable file');
    }
  }
  return files;
}

const TAIL_COUNT = { least: 0, most: 1_000_000, whole: true };
