import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Stored } from '../backend.ts';
import type { Revision } from '../contract.ts';
import type { History } from './messages.ts';

/** @internal What can be asked of the file without changing it, through any connection. */
export class EntryQueries {
  readonly #database: DatabaseSync;
  readonly #entry: StatementSync;
  readonly #history: StatementSync;
  #page: StatementSync | undefined;
  #changes: StatementSync | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#entry = database.prepare('SELECT revision, dies_ms, text FROM entry WHERE key = ?');
    this.#entry.setReturnArrays(true); // twice as fast
    this.#history = database.prepare('SELECT revision, forgotten FROM history');
  }

  get(key: string, nowMs: number): Stored | undefined {
    const row = this.#entry.get(key) as unknown as EntryRow | undefined;
    return row && stored(key, row, nowMs);
  }

  /** As `Backend.list`. */
  list(prefix: string, after: string | undefined, limit: number, nowMs: number): readonly Stored[] {
    // One bound to begin at: of two, SQLite seeks to the first and reads on to the second.
    this.#page ??= this.#database.prepare(
      `SELECT revision, dies_ms, text, key FROM entry
       WHERE key >= max(?1, ?2) AND key <> ?2 AND key < ?3 AND text IS NOT NULL AND (dies_ms IS NULL OR dies_ms > ?4)
       ORDER BY key LIMIT ?5`,
    );
    this.#page.setReturnArrays(true);
    const rows = this.#page.all(prefix, after ?? '', endOf(prefix), nowMs, limit) as unknown as [
      ...EntryRow,
      string,
    ][];
    return rows.map((row) => stored(row[3] as string, row, nowMs) as Stored);
  }

  history(): History {
    return { ...(this.#history.get() as unknown as History) };
  }

  /** What was written or deleted after this revision, in order. */
  changes(since: Revision, limit: number): readonly ChangeRow[] {
    this.#changes ??= this.#database.prepare(
      'SELECT key, revision, dies_ms FROM entry WHERE revision > ? ORDER BY revision LIMIT ?',
    );
    return this.#changes.all(since, limit) as unknown as ChangeRow[];
  }
}

/** @internal The time in SQL: Unix milliseconds. */
export const NOW_MS = "round(unixepoch('subsec') * 1000)";

/** @internal */
export interface ChangeRow {
  readonly key: string;
  readonly revision: Revision;
  readonly dies_ms: number | null;
}

type EntryRow = readonly [revision: Revision, diesMs: number | null, text: string | null, ...unknown[]];

function stored(key: string, row: EntryRow, nowMs: number): Stored | undefined {
  const [revision, diesMs, text] = row;
  if (text === null) return undefined;
  if (diesMs === null) return { key, text, revision, ttlMs: undefined };
  return diesMs > nowMs ? { key, text, revision, ttlMs: diesMs - nowMs } : undefined;
}

/** What is greater than all keys with this prefix, and not greater than any other key that is. */
function endOf(prefix: string): string | Uint8Array {
  const characters = [...prefix];
  for (;;) {
    const last = characters.pop()?.codePointAt(0);
    if (last === undefined) return AFTER_ALL_TEXTS;
    if (last === LAST_CHARACTER) continue;
    const next = last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1;
    return characters.join('') + String.fromCodePoint(next);
  }
}

/** SQLite sorts blobs after texts. */
const AFTER_ALL_TEXTS = new Uint8Array(1);
const LAST_CHARACTER = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;
