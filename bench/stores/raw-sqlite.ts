import { DatabaseSync } from 'node:sqlite';

/** node:sqlite with the statements of our store, and nothing around them. */
export class RawSqlite {
  readonly #database: DatabaseSync;
  readonly #put;
  readonly #head;
  readonly #entry;
  readonly #advance;
  readonly #begin;
  readonly #commit;
  #revision = 0;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE entry (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, dies_ms INTEGER, text TEXT) STRICT;
      CREATE UNIQUE INDEX entry_revision ON entry (revision);
      CREATE TABLE history (revision INTEGER NOT NULL) STRICT;
      INSERT INTO history VALUES (0)`);
    this.#put = this.#database.prepare(
      `INSERT INTO entry (key, revision, dies_ms, text) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (key) DO UPDATE SET revision = ?2, dies_ms = ?3, text = ?4`,
    );
    this.#head = this.#database.prepare('SELECT revision FROM entry WHERE key = ?');
    this.#entry = this.#database.prepare('SELECT revision, dies_ms, text FROM entry WHERE key = ?');
    this.#entry.setReturnArrays(true);
    this.#advance = this.#database.prepare('UPDATE history SET revision = ?');
    this.#begin = this.#database.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#database.prepare('COMMIT');
  }

  /** Answers the revision. */
  set(key: string, text: string): number {
    this.#put.run(key, ++this.#revision, null, text);
    return this.#revision;
  }

  /** Only looks: nobody else writes. */
  cas(key: string, text: string): number {
    if (this.#head.get(key) === undefined) throw new Error('nobody else writes');
    return this.set(key, text);
  }

  get(key: string): string {
    return (this.#entry.get(key) as unknown as [number, null, string])[2];
  }

  /** In one transaction. */
  together<T>(work: () => T): T {
    this.#begin.run();
    const answer = work();
    this.#advance.run(this.#revision);
    this.#commit.run();
    return answer;
  }

  close(): void {
    this.#database.close();
  }
}
