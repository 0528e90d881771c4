import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { IN_FLIGHT } from './in-flight.ts';
import { type Commands, key, ourCommands, payload } from './our-commands.ts';

/**
 * Our store beside node:sqlite on the caller's thread with the same statements, both with `synchronous = FULL`. With 64
 * in flight, theirs are one transaction as well, which the program would have to arrange itself; `-alone`, one after the
 * other, each its own; `-separately`, 64 transactions, which is what a program gets that arranges nothing.
 */
export async function sqliteBench(kind: keyof Commands): Promise<BenchFigure[]> {
  return inFolder(async (folder) => {
    const store = sqliteStore({ path: join(folder, 'ours.db') });
    const ours = ourCommands(store);
    const theirs = new RawSqlite(join(folder, 'theirs.db'));
    try {
      const places = Array.from({ length: IN_FLIGHT }, (_, at) => at);
      await Promise.all(places.map(ours.set));
      theirs.together(() => places.forEach(theirs.set));
      const isWrite = kind !== 'get';
      const turns = await inTurns(
        {
          ours: () => Promise.all(places.map(ours[kind])),
          together: async () => theirs.together(() => places.forEach(theirs[kind]), isWrite),
          separately: async () => {
            for (const at of places) theirs.together(() => theirs[kind](at), isWrite);
          },
          oursAlone: () => ours[kind](0),
          alone: async () => theirs.together(() => theirs[kind](0), isWrite),
        },
        { rounds: 31, turnMs: 40 },
      );
      const each = (ns: number) => ns / IN_FLIGHT / 1000;
      return [
        { value: each(turns.ours), rival: 'node:sqlite', rivalValue: each(turns.together) },
        { value: each(turns.ours), rival: 'node:sqlite-separately', rivalValue: each(turns.separately) },
        { value: turns.oursAlone / 1000, rival: 'node:sqlite-alone', rivalValue: turns.alone / 1000 },
      ];
    } finally {
      theirs.close();
      await store.close();
    }
  });
}

/** Durable writes a second, as many at once as there are: beside no rival. */
export async function sqliteBatches(): Promise<BenchFigure[]> {
  return inFolder(async (folder) => {
    const store = sqliteStore({ path: join(folder, 'ours.db') });
    const { set } = ourCommands(store);
    const places = Array.from({ length: 1000 }, (_, at) => at);
    const { ours } = await inTurns({ ours: () => Promise.all(places.map(set)) }, { rounds: 21, turnMs: 200 });
    await store.close();
    return [{ value: (1e9 * places.length) / ours }];
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class RawSqlite {
  readonly #database: DatabaseSync;
  readonly #put;
  readonly #head;
  readonly #entry;
  readonly #advance;
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
  }

  readonly set = (at: number): void => {
    this.#put.run(key(at), ++this.#revision, null, JSON.stringify(payload));
  };

  readonly cas = (at: number): void => {
    if (this.#head.get(key(at)) === undefined) throw new Error('nobody else writes');
    this.set(at);
  };

  readonly get = (at: number): unknown => {
    const [, , text] = this.#entry.get(key(at)) as unknown as [number, null, string];
    return JSON.parse(text);
  };

  together(work: () => void, isWrite = true): void {
    if (!isWrite) {
      work();
      return;
    }
    this.#database.exec('BEGIN IMMEDIATE');
    work();
    this.#advance.run(this.#revision);
    this.#database.exec('COMMIT');
  }

  close(): void {
    this.#database.close();
  }
}
