import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Write, Written } from '../backend.ts';
import type { Revision } from '../contract.ts';
import { type EntryQueries, NOW_MS } from './entry-queries.ts';

/**
 * @internal What changes the file, within a transaction of the caller, which `begin` and `end` are called in. If one of
 * these throws, the transaction has to be rolled back.
 */
export class EntryWrites {
  readonly #queries: EntryQueries;
  readonly #operationTtlMs: number;
  readonly #newest: StatementSync;
  readonly #done: StatementSync;
  readonly #head: StatementSync;
  readonly #put: StatementSync;
  readonly #bury: StatementSync;
  readonly #prolong: StatementSync;
  readonly #remember: StatementSync;
  readonly #advance: StatementSync;
  #revision: Revision = ABSENT;

  constructor(database: DatabaseSync, queries: EntryQueries, operationTtlMs: number) {
    this.#queries = queries;
    this.#operationTtlMs = operationTtlMs;
    this.#newest = database.prepare(`SELECT revision, ${NOW_MS} FROM history`);
    this.#newest.setReturnArrays(true);
    this.#done = database.prepare('SELECT revision FROM operation WHERE name = ? AND done_ms > ?');
    this.#head = database.prepare(
      `SELECT revision FROM entry
       WHERE key = ? AND text IS NOT NULL AND (dies_ms IS NULL OR dies_ms > ?)`,
    );
    this.#head.setReturnArrays(true);
    this.#put = database.prepare(
      `INSERT INTO entry (key, revision, dies_ms, text) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (key) DO UPDATE SET revision = ?2, dies_ms = ?3, text = ?4`,
    );
    this.#bury = database.prepare('UPDATE entry SET revision = ?, dies_ms = ?, text = NULL WHERE key = ?');
    this.#prolong = database.prepare('UPDATE entry SET dies_ms = ? WHERE key = ?');
    this.#remember = database.prepare(
      'INSERT OR REPLACE INTO operation (name, revision, done_ms) VALUES (?, ?, ?)',
    );
    this.#advance = database.prepare('UPDATE history SET revision = ?');
  }

  /** Answers the time in SQLite, which is the host's, as nobody gives a clock to a thread. */
  begin(): number {
    const [revision, wallMs] = this.#newest.get() as unknown as [Revision, number];
    this.#revision = revision;
    return wallMs;
  }

  write({ key, text, expected, ttlMs, operationId, guard }: Write, nowMs: number): Written {
    if (operationId !== undefined) {
      const done = this.#done.get(operationId, nowMs - this.#operationTtlMs);
      if (done !== undefined) return outcomeAt(done['revision'] as Revision);
    }
    if (guard !== undefined && !this.#isAt(guard.key, guard.revision, nowMs))
      return { outcome: 'guard-lost' };
    if (expected !== undefined && this.#revisionOf(key, nowMs) !== expected) {
      return { outcome: 'conflict', stored: this.#queries.get(key, nowMs) };
    }
    const isAbsent = text === undefined && this.#revisionOf(key, nowMs) === ABSENT;
    const revision = isAbsent ? ABSENT : ++this.#revision;
    if (text !== undefined) this.#put.run(key, revision, ttlMs === undefined ? null : nowMs + ttlMs, text);
    else if (!isAbsent) this.#bury.run(revision, nowMs, key);
    if (operationId !== undefined) this.#remember.run(operationId, revision, nowMs);
    return outcomeAt(revision);
  }

  touch(key: string, revision: Revision, ttlMs: number, nowMs: number): boolean {
    if (!this.#isAt(key, revision, nowMs)) return false;
    this.#prolong.run(nowMs + ttlMs, key);
    return true;
  }

  end(): void {
    this.#advance.run(this.#revision);
  }

  /** Whether it exists, and is at this revision. */
  #isAt(key: string, revision: Revision, nowMs: number): boolean {
    return revision !== ABSENT && this.#revisionOf(key, nowMs) === revision;
  }

  #revisionOf(key: string, nowMs: number): Revision {
    const row = this.#head.get(key, nowMs) as unknown as readonly [Revision] | undefined;
    return row?.[0] ?? ABSENT;
  }
}

/** As in the contract, which loads the kernel, which takes a thread half a second. */
const ABSENT: Revision = 0;

/** Nothing was deleted where there is no revision: those of what happened are above. */
function outcomeAt(revision: Revision): Written {
  return revision === ABSENT ? { outcome: 'absent' } : { outcome: 'written', revision };
}
