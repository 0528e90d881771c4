import { copyFile, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { seededRandom } from '@sustain/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, storeFaults } from '../contract.ts';
import { type SqliteStoreOptions, sqliteFaults, sqliteStore } from './index.ts';
import { openDatabase } from './open-database.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.ts';
import { type TestFile, testFile } from './test-file.fixture.ts';

let file: TestFile;
const stores: Store[] = [];

beforeEach(async () => {
  file = await testFile();
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await file.dispose();
});

function open(options: Partial<SqliteStoreOptions> = {}): Store {
  const store = sqliteStore({ path: file.path, ...options });
  stores.push(store);
  return store;
}

const { DATABASE_REFUSED, DATABASE_DAMAGED } = sqliteFaults;
const { STORE_UNAVAILABLE, ENTRY_CORRUPTED } = storeFaults;

describe('an option', () => {
  it.each([
    [{ path: ':memory:' }, 'memoryStore()'],
    [{ path: 'file:x.db?mode=memory' }, 'got the URI'],
    [{ path: 'a\0b' }, 'U+0000'],
    [{ path: '' }, 'not empty'],
    [{ durability: 'volatile' as never }, 'power-loss,process-death'],
    [{ busyTimeoutMs: -1 }, 'from 0'],
    [{ operationTtlMs: 0 }, '1 or more'],
    [{ maxInFlight: 0.5 }, '1 or more'],
    [{ maxSizeBytes: 0 }, '1 or more'],
  ])('that is out of range is refused: %j', (wrong, says) => {
    expect(() => sqliteStore({ path: 'x.db', ...wrong })).toThrow(says);
  });
});

describe('the durability that was asked for', () => {
  it.each([
    ['power-loss', true, 2],
    ['process-death', false, 1],
  ] as const)('is set: %s', (durability, isSynced, level) => {
    expect(open({ durability }).durability).toBe(durability);
    const settings = { path: file.path, isSynced, busyTimeoutMs: 0, operationTtlMs: 1, maxSizeBytes: null };
    const database = openDatabase(settings);
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: level });
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('is refused where the file system cannot do write-ahead logging', () => {
    const path = `file:${file.path}?vfs=unix-dotfile`; // locks without shared memory
    const settings = { path, isSynced: true, busyTimeoutMs: 0, operationTtlMs: 1, maxSizeBytes: null };
    expect(() => openDatabase(settings)).toThrow('put the file on a local disk');
  });
});

describe('a file', () => {
  it('of a newer version is refused, and left as it is', async () => {
    file.raw((database) =>
      database.exec(
        `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 99; CREATE TABLE new (x)`,
      ),
    );
    const store = open();
    for (const call of [() => store.get('a'), () => store.set('a', 1), () => store.watch('')]) {
      await expect(call()).rejects.toSatisfy(DATABASE_REFUSED.matches);
    }
    await expect(store.set('a', 1)).rejects.toThrow('update the program');
    expect(file.raw((database) => database.prepare('SELECT name FROM sqlite_schema').all())).toHaveLength(1);
  });

  it('of another program is refused, and of no program', async () => {
    file.raw((database) => database.exec('CREATE TABLE theirs (x)'));
    const theirs = await readFile(file.path);
    await expect(open().set('a', 1)).rejects.toThrow('another program');
    await stores.splice(0)[0]?.close();
    expect((await readFile(file.path)).equals(theirs), 'it was left as it is').toBe(true);
    await writeFile(`${file.path}2`, 'these are notes about something else, and no database. '.repeat(99));
    const none = open({ path: `${file.path}2` }).get('a');
    await expect(none).rejects.toSatisfy(DATABASE_REFUSED.matches);
    await expect(none).rejects.toThrow('no SQLite database');
  });

  it('whose folder is missing can be used as soon as it is there', async () => {
    const store = open({ path: `${file.path}.d/store.db` });
    await expect(store.set('a', 1)).rejects.toSatisfy(STORE_UNAVAILABLE.matches);
    await expect(store.get('a')).rejects.toThrow('see that its folder exists');
    await mkdir(`${file.path}.d`);
    await store.set('a', 1);
    expect((await store.get('a'))?.value).toBe(1);
  });

  it('of an older version is brought to the newest, and keeps what it holds', async () => {
    const revision = await open().set('a', { state: 1 });
    await stores.splice(0)[0]?.close();
    file.raw((database) => {
      const newer = [...Array(SCHEMA_VERSION).fill(''), 'ALTER TABLE entry ADD COLUMN note TEXT'];
      migrate(database, newer);
      migrate(database, newer);
      const notes = database.prepare('SELECT key, revision, note FROM entry').all();
      expect(notes).toEqual([{ key: 'a', revision, note: null }]);
    });
    await expect(open().get('a')).rejects.toSatisfy(DATABASE_REFUSED.matches);
  });

  it('that cannot be written can be read', async () => {
    await open().set('a', 1);
    await stores.splice(0)[0]?.close();
    await file.flip('', 18, 1); // a version of the format that SQLite can read only
    const store = open();
    expect((await store.get('a'))?.value).toBe(1);
    expect((await store.list('')).entries).toHaveLength(1);
    await expect(store.set('a', 2)).rejects.toSatisfy(STORE_UNAVAILABLE.matches);
    await expect(store.delete('a')).rejects.toThrow('the right to write');
  });

  it('that another process writes to for long is unavailable, and can be read meanwhile', async () => {
    const store = open({ busyTimeoutMs: 30 });
    await store.set('a', 1);
    const other = new DatabaseSync(file.path, { timeout: 1000 }); // the store may be sweeping;
    other.exec('BEGIN IMMEDIATE');
    const writes = await Promise.allSettled([store.set('a', 2), store.set('b', 2), store.delete('a')]);
    expect((await store.get('a'))?.value).toBe(1);
    other.close();
    for (const write of writes) {
      expect(write).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    }
    await store.set('a', 3);
    expect((await store.get('a'))?.value).toBe(3);
  });
});

describe('a file that is full', () => {
  it('refuses what is too large, and takes what comes at the same time and is not', async () => {
    const store = open({ maxSizeBytes: 200_000 });
    await store.set('first', 1);
    const results = await Promise.allSettled([
      store.set('a', 'small'),
      store.set('large', 'x'.repeat(500_000)),
      store.set('b', 'small'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(store.set('large', 'x'.repeat(500_000))).rejects.toSatisfy(STORE_UNAVAILABLE.matches);
    await expect(store.set('large', 'x'.repeat(500_000))).rejects.toThrow('make room');
    expect((await store.list('')).entries.map(({ key }) => key)).toEqual(['a', 'b', 'first']);
  });

  it('can be read, and written again after something was deleted', async () => {
    const store = open({ maxSizeBytes: 200_000 });
    let written = 0;
    const fill = async () => {
      for (; ; written++) await store.set(`key/${written}`, 'x'.repeat(10_000));
    };
    await expect(fill()).rejects.toSatisfy(STORE_UNAVAILABLE.matches);
    expect(written).toBeGreaterThan(5);
    expect((await store.list('')).entries).toHaveLength(written);
    expect(await store.delete('key/0')).toBe(true);
    await store.set('again', 'x'.repeat(4_000));
    expect((await store.get('key/1'))?.value).toHaveLength(10_000);
  });
});

describe('a file that is damaged', () => {
  it('is a typed fault where it is damaged, and works elsewhere', async () => {
    const before = open();
    for (let at = 0; at < 200; at++) await before.set(`key/${at}`, 'x'.repeat(2000));
    await stores.splice(0)[0]?.close();
    const pages = file.raw((database) =>
      database.prepare("SELECT pageno FROM dbstat WHERE name = 'entry' AND pagetype = 'leaf'").all(),
    ) as { pageno: number }[];
    const random = seededRandom(5);
    for (let damaged = 0; damaged < 5; damaged++) {
      const page = pages[Math.floor(random.next() * pages.length)]?.pageno as number;
      await file.flip('', (page - 1) * 4096, 200);
    }
    const store = open();
    let intact = 0;
    for (let at = 0; at < 200; at++) {
      const read = await store.get(`key/${at}`).catch((error: unknown) => error);
      if (ENTRY_CORRUPTED.matches(read)) continue;
      expect(read).toMatchObject({ value: 'x'.repeat(2000) });
      intact++;
    }
    expect(intact).toBeGreaterThan(150);
    expect(intact).toBeLessThan(200);
    await expect(store.list('', { limit: 1000 })).rejects.toSatisfy(DATABASE_DAMAGED.matches);
    await expect(store.list('', { limit: 1000 })).rejects.toThrow('.recover');
  });

  it('in the bytes of a value tells so, and keeps a copy', async () => {
    await open().set('a', { note: 'the quick brown fox' });
    await stores.splice(0)[0]?.close();
    await file.flip('', await placeOf('brown'), 1);
    const store = open();
    const read = store.get('a');
    await expect(read).rejects.toSatisfy(ENTRY_CORRUPTED.matches);
    await expect(read).rejects.toMatchObject({ context: { quarantinedAs: '.quarantine/1' } });
    await store.set('a', 'new');
    expect((await store.get('a'))?.value).toBe('new');
  });

  it('at the end of its log keeps all that was written before', async () => {
    const store = open();
    for (let at = 0; at < 20; at++) await store.set(`key/${at}`, at);
    const copy = `${file.path}-torn`;
    await copyFile(file.path, copy);
    await copyFile(`${file.path}-wal`, `${copy}-wal`);
    const { size } = await stat(`${copy}-wal`);
    await truncate(`${copy}-wal`, size - 2000); // as when the power fails in the middle of a write
    const torn = open({ path: copy });
    const { entries } = await torn.list('');
    const values = entries.map(({ value }) => value as number).sort((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: 19 }, (_, at) => at));
    const revision = await torn.set('key/19', 19);
    expect(revision).toBeGreaterThan(Math.max(...entries.map((entry) => entry.revision)));
  });
});

async function placeOf(text: string): Promise<number> {
  return (await readFile(file.path)).indexOf(text);
}
