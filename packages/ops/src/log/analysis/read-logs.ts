import type { LogEntry } from '../log-entry.ts';
import { type FileCursor, openCursor } from './file-cursor.ts';
import type { LogFile } from './log-file.ts';
import { entryTest, type LogFilter } from './log-filter.ts';
import { LogTroubles } from './log-troubles.ts';
import { mergeBatches } from './merge-batches.ts';

export interface ReadLogsOptions {
  /** Ends the reading: the iteration rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every piece that was read. */
  readonly onProgress?: ((progress: LogProgress) => void) | undefined;
  /** Counts what could not be read. Default: nobody hears of it. */
  readonly troubles?: LogTroubles | undefined;
}

/** Of the files as they lie on the disk, gzipped or not. */
export interface LogProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

/**
 * The wanted entries of all files, merged by time, as they were when the reading began. Reads as a stream: it holds one
 * piece (256 KiB of lines or, gzipped, what 32 KiB hold) and the next of each file that it is in the middle of, and files
 * that follow each other are read one after the other. What cannot be read is counted in `troubles` and skipped. Breaking off closes the files.
 *
 * A file that was last written to before `sinceMs` is not opened, and one whose first entry is after `untilMs` not read.
 * Lines that the filter can tell from their text are not parsed; of those only the obviously damaged are counted.
 *
 * Throws a RangeError when a time of the filter is none.
 */
export function readLogs(
  files: readonly LogFile[],
  filter: LogFilter = {},
  options: ReadLogsOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  entryTest(filter);
  return entriesOf(readLogBatches(files, filter, options));
}

async function* entriesOf(
  batches: AsyncIterable<readonly LogEntry[]>,
): AsyncGenerator<LogEntry, void, undefined> {
  for await (const batch of batches) {
    for (const entry of batch) yield entry;
  }
}

/** The same in batches, for who counts millions: handing over entry by entry takes half of the time. */
export async function* readLogBatches(
  files: readonly LogFile[],
  filter: LogFilter = {},
  options: ReadLogsOptions = {},
): AsyncGenerator<readonly LogEntry[], void, undefined> {
  const { signal, onProgress, troubles = new LogTroubles() } = options;
  signal?.throwIfAborted();
  const cursors = await openAll(files, filter, troubles);
  const totalBytes = cursors.reduce((sum, { cursor }) => sum + cursor.sizeBytes, 0);
  let readBytes = 0;
  try {
    const sources = cursors.map(({ cursor, firstTimestamp }) => ({
      firstTimestamp,
      async next() {
        signal?.throwIfAborted();
        const beforeBytes = cursor.readBytes;
        const batch = await cursor.next();
        readBytes += cursor.readBytes - beforeBytes;
        onProgress?.({ readBytes, totalBytes });
        return batch;
      },
      close: () => cursor.close(),
    }));
    for await (const batch of mergeBatches(sources)) {
      signal?.throwIfAborted();
      yield batch;
    }
  } finally {
    await Promise.all(cursors.map(({ cursor }) => cursor.close()));
  }
}

interface Opened {
  readonly cursor: FileCursor;
  readonly firstTimestamp: string;
}

async function openAll(
  files: readonly LogFile[],
  filter: LogFilter,
  troubles: LogTroubles,
): Promise<Opened[]> {
  const { sinceMs = Number.NEGATIVE_INFINITY, untilMs } = filter;
  const until = untilMs === undefined ? undefined : new Date(untilMs).toISOString();
  const test = entryTest(filter);
  const opened: Opened[] = [];
  for (const file of files) {
    const cursor = await openCursor(file, test, troubles);
    if (cursor === undefined) continue;
    const firstTimestamp = cursor.writtenMs < sinceMs ? undefined : await cursor.firstTimestamp();
    if (firstTimestamp === undefined || (until !== undefined && firstTimestamp > until)) await cursor.close();
    else opened.push({ cursor, firstTimestamp });
  }
  return opened;
}
