import type { Failure } from './messages.ts';

/** @internal The file cannot be used as it is, or not as it was promised. Its message ends with the cure. */
export class DatabaseRefused extends Error {}

/** @internal What an error of SQLite means for what was asked. */
export function failureOf(error: unknown): Failure {
  if (error instanceof DatabaseRefused) return { failure: 'refused', reason: error.message };
  const code = sqliteCode(error);
  const known = KNOWN[code & PRIMARY];
  const { message } = error as Error;
  if (known === undefined) return { failure: 'unavailable', reason: message };
  return { failure: known.failure ?? 'unavailable', reason: `${known.what} (${message}): ${known.cure}` };
}

/**
 * @internal The same of a COMMIT. That nobody else let go of the file, or that there was no room, is known before the
 * last page of a transaction is written; after other errors that page may be on disk, and be found after a crash.
 */
export function commitFailureOf(error: unknown): Failure {
  const failure = failureOf(error);
  const code = sqliteCode(error) & PRIMARY;
  return code === BUSY || code === FULL ? failure : { ...failure, failure: 'unknown' };
}

/** @internal Whether the connection should be made anew: the file may be another one by then. */
export function isConnectionSuspect(error: unknown): boolean {
  return SUSPECT.has(sqliteCode(error) & PRIMARY);
}

/** The extended result code, see https://sqlite.org/rescode.html; 0 of other errors. */
function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : 0;
}

/** The primary result code is the lowest byte of an extended one. */
const PRIMARY = 0xff;
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
const SUSPECT = new Set([IOERR, CORRUPT, CANTOPEN, NOTADB]);

const KNOWN: Readonly<Record<number, { what: string; cure: string; failure?: Failure['failure'] }>> = {
  [BUSY]: {
    what: 'another process has held the file for too long',
    cure: 'keep its transactions short, or raise busyTimeoutMs',
  },
  [READONLY]: {
    what: 'the file cannot be written',
    cure: 'give this process the right to write it and its folder',
  },
  [IOERR]: { what: 'the disk has failed', cure: 'look at the disk and its limits' },
  [CORRUPT]: {
    what: 'pages of the file are damaged',
    cure: 'rescue what is left with "sqlite3 FILE .recover", or bring back a backup',
    failure: 'damaged',
  },
  [FULL]: { what: 'there is no more room', cure: 'make room on the disk, or raise maxSizeBytes' },
  [CANTOPEN]: { what: 'the file cannot be opened', cure: 'see that its folder exists and may be used' },
  [NOTADB]: {
    what: 'the file is no SQLite database',
    cure: 'give another path, or move the file away',
    failure: 'refused',
  },
};
