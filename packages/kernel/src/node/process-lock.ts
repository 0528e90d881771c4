import { DatabaseSync } from 'node:sqlite';

/** A lock that this process has. */
export interface ProcessLock {
  /** Harmless when it was released before. */
  release(): void;
}

/**
 * Takes the lock that the file at `path` stands for, unless somebody has it: another process, or another owner in this
 * one. It ends with the process, however that dies: the system holds it, so that there is none to be found stale.
 * Throws an error when the file cannot be made.
 *
 * It is SQLite's lock of an empty database, since Node has no other that the system takes back. Nothing is written,
 * so that it works on a full disk, too. The file stays: who removed it would let two have it.
 */
export function tryProcessLock(path: string): ProcessLock | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return {
    release() {
      if (database.isOpen) database.close();
    },
  };
}

const SQLITE_BUSY = 5;
