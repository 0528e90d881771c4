import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { besideRawClient, clients, IN_A_ROW, IN_FLIGHT, TURNS, usEach } from './in-flight.ts';
import { type Command, key, ourCommands, payload } from './our-commands.ts';
import { RawSqlite } from './raw-sqlite.ts';
import { RawSqliteThread } from './raw-sqlite-thread.ts';

/** Our store's reads beside node:sqlite, both on the caller's thread: with 64 clients, and, as `-alone`, with one. */
export function sqliteReads(): Promise<BenchFigure[]> {
  return inFolder(async (folder) => {
    const store = sqliteStore({ path: join(folder, 'ours.db') });
    const theirs = new RawSqlite(join(folder, 'theirs.db'));
    try {
      return await besideRawClient('get', 'node:sqlite', ourCommands(store), {
        set: async (at) => theirs.together(() => theirs.set(key(at), JSON.stringify(payload))),
        get: async (at) => JSON.parse(theirs.get(key(at))),
      });
    } finally {
      theirs.close();
      await store.close();
    }
  });
}

/**
 * Our store's writes beside node:sqlite with the same statements, all with `synchronous = FULL`: in a thread, as ours,
 * with 64 clients and, as `-thread-alone`, with one; and on the caller's thread, where everything else waits for the
 * disk: with one transaction for the writes of 64 clients, which the program has to arrange itself (`-blocking`), with
 * one for each (`-blocking-separately`), and with one client (`-blocking-alone`).
 */
export function sqliteWrites(kind: 'set' | 'cas'): Promise<BenchFigure[]> {
  return inFolder(async (folder) => {
    const store = sqliteStore({ path: join(folder, 'ours.db') });
    const thread = new RawSqliteThread(join(folder, 'thread.db'), kind);
    const blocking = new RawSqlite(join(folder, 'blocking.db'));
    const text = () => JSON.stringify(payload);
    const ours = ourCommands(store);
    const inThread: Command = (at) => thread.write(key(at), text());
    const write = (at: number) => blocking[kind](key(at), text());
    const places = Array.from({ length: IN_FLIGHT }, (_, at) => at);
    const inRows = (work: () => void) => async () => {
      for (let row = 0; row < IN_A_ROW; row++) work();
    };
    try {
      await Promise.all([...places.map(ours.set), ...places.map(inThread)]);
      blocking.together(() => places.map((at) => blocking.set(key(at), text())));
      const many = await inTurns(
        {
          ours: clients(ours[kind]),
          inThread: clients(inThread),
          together: inRows(() => blocking.together(() => places.map(write))),
          separately: inRows(() => places.map((at) => blocking.together(() => write(at)))),
        },
        TURNS,
      );
      const alone = await inTurns(
        {
          ours: () => ours[kind](0),
          inThread: () => inThread(0),
          blocking: async () => blocking.together(() => write(0)),
        },
        TURNS,
      );
      const value = usEach(many.ours);
      const valueAlone = alone.ours / 1000;
      return [
        { value, rival: 'node:sqlite-thread', rivalValue: usEach(many.inThread) },
        { value: valueAlone, rival: 'node:sqlite-thread-alone', rivalValue: alone.inThread / 1000 },
        { value, rival: 'node:sqlite-blocking', rivalValue: usEach(many.together) },
        { value, rival: 'node:sqlite-blocking-separately', rivalValue: usEach(many.separately) },
        { value: valueAlone, rival: 'node:sqlite-blocking-alone', rivalValue: alone.blocking / 1000 },
      ];
    } finally {
      await thread.close();
      blocking.close();
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
