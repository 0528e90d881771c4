import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Revision } from '../contract.ts';

/** @internal Takes out what nobody needs any more, a bounded number of rows at a time. */
export class Sweep {
  readonly #operationTtlMs: number;
  readonly #dead: StatementSync;
  readonly #done: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync, operationTtlMs: number) {
    this.#operationTtlMs = operationTtlMs;
    this.#dead = database.prepare(
      `DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE dies_ms <= ? ORDER BY dies_ms LIMIT ?)
       RETURNING revision`,
    );
    // Only the oldest are looked at, in the order in which they were done, so that it needs no index by time.
    this.#done = database.prepare(
      `DELETE FROM operation WHERE id IN (
         SELECT id FROM (SELECT id, done_ms FROM operation ORDER BY id LIMIT ?2) WHERE done_ms <= ?1)`,
    );
    this.#forget = database.prepare('UPDATE history SET forgotten = max(forgotten, ?)');
  }

  /** Within a transaction of the caller. */
  run(nowMs: number, rows: number): void {
    this.#done.run(nowMs - this.#operationTtlMs, rows);
    const swept = this.#dead.all(nowMs - KEPT_MS, rows) as unknown as { readonly revision: Revision }[];
    if (swept.length > 0) this.#forget.run(Math.max(...swept.map(({ revision }) => revision)));
  }
}

/** How long what was deleted, or has expired, stays for others to hear of it. Who did not hear in time looks at all. */
const KEPT_MS = 120_000;
