import { DatabaseSync } from 'node:sqlite';
import type { Stored } from '../backend.ts';
import type { Revision } from '../contract.ts';
import { type ChangeRow, EntryQueries } from './entry-queries.ts';
import type { History } from './messages.ts';

/**
 * @internal A connection of the caller's thread, which only reads, and never waits for a lock. It sees all that was
 * acknowledged, as SQLite shows no transaction before it is on disk.
 */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #queries: EntryQueries;
  readonly #version;

  /** Throws an error of SQLite, as all its methods may. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    try {
      this.#queries = new EntryQueries(this.#database);
      this.#version = this.#database.prepare('PRAGMA data_version');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get(key: string, nowMs: number): Stored | undefined {
    return this.#queries.get(key, nowMs);
  }

  history(): History {
    return this.#queries.history();
  }

  changes(since: Revision, limit: number): readonly ChangeRow[] {
    return this.#queries.changes(since, limit);
  }

  /** Is another one when, and only when, another connection has changed the file. */
  dataVersion(): number {
    return this.#version.get()?.['data_version'] as number;
  }

  close(): void {
    this.#database.close();
  }
}
