import type { DatabaseSync } from 'node:sqlite';
import { DatabaseRefused } from './failure.ts';

/**
 * How each version of the schema is made of the one before. What was released is never changed: a new version is a new
 * text at the end.
 *
 * A deleted entry stays as one without a text, so that others hear of it. `dies_ms` is wall time, also when it was
 * deleted. There is one row of `history`.
 */
const VERSIONS: readonly string[] = [
  `CREATE TABLE entry (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     revision INTEGER NOT NULL,
     dies_ms REAL,
     text TEXT
   ) STRICT;
   CREATE INDEX entry_by_revision ON entry (revision);
   CREATE INDEX entry_by_death ON entry (dies_ms) WHERE dies_ms IS NOT NULL;
   CREATE TABLE operation (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     revision INTEGER NOT NULL,
     done_ms REAL NOT NULL
   ) STRICT;
   CREATE TABLE history (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     revision INTEGER NOT NULL,
     forgotten INTEGER NOT NULL
   ) STRICT;
   INSERT INTO history VALUES (1, 0, 0);`,
];

/** @internal "Sust" in ASCII: https://sqlite.org/fileformat2.html#application_id */
export const APPLICATION_ID = 0x53757374;
/** @internal */
export const SCHEMA_VERSION: number = VERSIONS.length;

/** @internal Brings the file to the newest version. Throws DatabaseRefused when it is another program's, or newer. */
export function migrate(database: DatabaseSync, versions: readonly string[] = VERSIONS): void {
  if (missingVersions(database, versions).length === 0) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Looked up again, as another process may have been faster.
    for (const version of missingVersions(database, versions)) database.exec(version);
    database.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${versions.length}; COMMIT`,
    );
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** @internal What the file lacks of the newest version. Throws DatabaseRefused as `migrate`, and changes nothing. */
export function missingVersions(
  database: DatabaseSync,
  versions: readonly string[] = VERSIONS,
): readonly string[] {
  const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).get()?.[name];
  if (pragma('application_id') !== APPLICATION_ID) {
    const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as {
      tables: number;
    };
    if (tables === 0) return versions;
    throw new DatabaseRefused('the file is the database of another program: give another path');
  }
  const version = pragma('user_version') as number;
  if (version <= versions.length) return versions.slice(version);
  throw new DatabaseRefused(
    `the file has version ${version} of the schema, and this program knows ${versions.length}: update the program, or give another path`,
  );
}
