import { DatabaseSync } from 'node:sqlite';
import { DatabaseRefused } from './failure.ts';
import type { DatabaseSettings } from './messages.ts';
import { migrate, missingVersions } from './schema.ts';

/** @internal The file, opened or created, with everything set as promised. Throws DatabaseRefused, or an error of SQLite. */
export function openDatabase(settings: DatabaseSettings): DatabaseSync {
  const database = new DatabaseSync(settings.path, { timeout: settings.busyTimeoutMs });
  try {
    missingVersions(database); // what is another program's is refused before the journal mode is changed in it
    setUp(database, settings);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function setUp(database: DatabaseSync, { isSynced, maxSizeBytes }: DatabaseSettings): void {
  const [synchronous, level] = isSynced ? ['FULL', 2] : ['NORMAL', 1];
  // Of these two, macOS alone takes notice: its fsync leaves data in the disk's own cache otherwise.
  database.exec(`
    PRAGMA synchronous = ${synchronous};
    PRAGMA fullfsync = ${isSynced};
    PRAGMA checkpoint_fullfsync = ${isSynced};
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${MOST_IDLE_WAL_BYTES}`);
  const ask = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  const mode = ask('journal_mode = WAL');
  if (mode !== 'wal') {
    throw new DatabaseRefused(
      `the file system cannot do write-ahead logging (SQLite answers "${mode}"): put the file on a local disk`,
    );
  }
  const given = ask('synchronous');
  if (given !== level) {
    throw new DatabaseRefused(
      `SQLite is at synchronous = ${given} instead of ${level}: use a Node whose SQLite can be set so`,
    );
  }
  if (maxSizeBytes === null) return;
  database.exec(
    `PRAGMA max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / Number(ask('page_size'))))}`,
  );
}

/** 16 MiB: with SQLite's own default of 1000, entries that are often written cost a quarter more. */
const CHECKPOINT_PAGES = 4000;
/** To which the -wal file is cut after it was larger. */
const MOST_IDLE_WAL_BYTES = 67_108_864;
