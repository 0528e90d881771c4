import type { FileHandle } from 'node:fs/promises';
import type { LogEntry } from '../log-entry.ts';
import { openCursor } from './file-cursor.ts';
import { linesBackwards } from './lines-backwards.ts';
import type { LogFile } from './log-file.ts';
import type { EntryTest } from './log-filter.ts';
import type { LogTroubles } from './log-troubles.ts';
import { parseEntry } from './parse-entry.ts';
import { Twins } from './twins.ts';

/** A file and where its last line ends. */
export interface EndedFile extends LogFile {
  /** Of a plain file, open; the caller's. */
  readonly handle?: FileHandle | undefined;
  readonly endBytes: number;
  /** When it was last written to. */
  readonly writtenMs: number;
}

export interface Wanted {
  readonly count: number;
  readonly test: EntryTest;
  readonly troubles: LogTroubles;
  /** Is told of every entry that is answered. */
  readonly twins: Twins;
  readonly signal: AbortSignal | undefined;
}

/**
 * The last `count` wanted entries of all files, oldest first. Files are read from their end, the newest first, and only
 * as far as need be; gzipped ones from their beginning.
 */
export async function lastEntries(files: readonly EndedFile[], wanted: Wanted): Promise<LogEntry[]> {
  const { count, signal, twins } = wanted;
  let last: Placed[] = [];
  for (const file of files.toSorted((a, b) => b.writtenMs - a.writtenMs)) {
    signal?.throwIfAborted();
    const oldest = last[0];
    if (count === 0 || (last.length === count && oldest && file.writtenMs < Date.parse(oldest.time))) break;
    const entries = file.handle
      ? await fromTheEnd(file, file.handle, wanted)
      : await fromTheBeginning(file, wanted);
    last = withoutTwins([...placed(file.path, entries), ...last].sort(byTime), new Twins()).slice(-count);
  }
  return withoutTwins(last, twins).map(({ entry }) => entry);
}

interface Placed {
  readonly path: string;
  /** No later than those after it in its file, so that sorting keeps the order of the file when its clock was set back. */
  readonly time: string;
  readonly entry: LogEntry;
}

function placed(path: string, entries: readonly LogEntry[]): Placed[] {
  let time = '\u{ffff}';
  const reversed = entries.toReversed().map((entry) => {
    if (entry.timestamp < time) time = entry.timestamp;
    return { path, time, entry };
  });
  return reversed.reverse();
}

function withoutTwins(entries: readonly Placed[], twins: Twins): Placed[] {
  return entries.filter(({ path, entry }) => !twins.isTwin(path, entry));
}

function byTime(a: Placed, b: Placed): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}

async function fromTheEnd(
  { path, endBytes }: EndedFile,
  handle: FileHandle,
  { count, test, troubles, signal }: Wanted,
): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  let isLast = true;
  try {
    for await (const lines of linesBackwards(handle, endBytes)) {
      signal?.throwIfAborted();
      for (const line of lines) {
        const entry = test.couldMatch(line) || isLast ? parseEntry(line) : undefined;
        if (typeof entry === 'string') troubles.add(path, isLast && entry === 'no JSON' ? 'cut off' : entry);
        else if (entry !== undefined && test.matches(entry)) found.push(entry);
        isLast = false;
        if (found.length === count) return found.reverse();
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    troubles.add(path, 'unreadable file');
  }
  return found.reverse();
}

async function fromTheBeginning(
  file: LogFile,
  { count, test, troubles, signal }: Wanted,
): Promise<LogEntry[]> {
  const cursor = await openCursor(file, test, troubles);
  let last: LogEntry[] = [];
  try {
    for (let batch = await cursor?.next(); batch !== undefined; batch = await cursor?.next()) {
      signal?.throwIfAborted();
      last = [...last, ...batch].slice(-count);
    }
  } finally {
    await cursor?.close();
  }
  return last;
}
