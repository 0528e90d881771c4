import { seededRandom, systemClock } from '@sustain/kernel';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeSuite } from '../contract.suite.ts';
import { ABSENT, storeFaults } from '../contract.ts';
import { type RedisStoreOptions, redisStore } from './index.ts';

const url = process.env['REDIS_URL'];
const random = seededRandom(process.pid);

describe.skipIf(url === undefined && process.env['CI'] === undefined)('redis', () => {
  const raw = createClient({ url: url as string });
  beforeAll(async () => void (await raw.connect()));
  afterAll(() => raw.close());

  /** A store of its own on the shared server, and what is left of it there in the end. */
  function fresh(options: Partial<RedisStoreOptions> = {}) {
    const keyPrefix = `test-${random.next()}:`;
    const open = () => redisStore({ url: url as string, keyPrefix, commandTimeoutMs: 20_000, ...options });
    return {
      keyPrefix,
      open,
      store: open(),
      async dispose() {
        for await (const keys of raw.scanIterator({ MATCH: `{${keyPrefix}}*` })) {
          if (keys.length > 0) await raw.del(keys);
        }
      },
    };
  }

  storeSuite('redis', async () => {
    const { keyPrefix, store, open, dispose } = fresh();
    return {
      store,
      dispose,
      another: async () => open(),
      async corrupt(key) {
        const name = `{${keyPrefix}}entry:${key}`;
        const record = (await raw.get(name)) as string;
        const last = record.charCodeAt(record.length - 1);
        await raw.set(name, record.slice(0, -1) + String.fromCharCode(last ^ 1), { expiration: 'KEEPTTL' });
      },
    };
  });

  it('what has expired leaves no trace in the index, although nobody asks for it', async () => {
    const { store, keyPrefix, dispose } = fresh();
    const [index, expiry] = [`{${keyPrefix}}index`, `{${keyPrefix}}expiry`];
    for (let at = 0; at < 200; at++) await store.set(`short/${at}`, at, { ttlMs: 1 });
    const last = await store.set('last', 1, { ttlMs: 20 });
    await until(async () => (await store.get('last')) === undefined);
    for (let at = 0; at < 60; at++) await store.set('stays', at);
    expect(await raw.zCard(index)).toBe(1);
    expect(await raw.exists(expiry)).toBe(0);
    expect(last).toBeGreaterThan(0);
    await store.close();
    await dispose();
  });

  it('what has expired leaves no trace when it was listed, and its place in the index is never lost', async () => {
    const { store, keyPrefix, dispose } = fresh();
    for (let at = 0; at < 250; at++) await store.set(`short/${at}`, at, { ttlMs: at < 3 ? 60_000 : 1 });
    const revision = await store.set('touched', 1, { ttlMs: 500 });
    expect(await store.touch('touched', revision, 60_000)).toBe(true);
    await until(async () => (await raw.zCount(`{${keyPrefix}}expiry`, 0, '+inf')) < 250);
    await until(async () => (await store.list('')).entries.length === 4); // the last of them had a millisecond to live
    expect((await store.list('')).entries.map(({ key }) => key)).toEqual([
      'short/0',
      'short/1',
      'short/2',
      'touched',
    ]);
    expect(await raw.zCard(`{${keyPrefix}}index`)).toBe(4);
    expect(await raw.zCard(`{${keyPrefix}}expiry`)).toBe(4);
    await store.close();
    await dispose();
  });

  it('two prefixes do not see each other, not even when one begins with the other', async () => {
    const one = fresh();
    const two = fresh({ keyPrefix: `${one.keyPrefix}x` });
    await one.store.set('a', 1, { operationId: 'once' });
    const watch = await two.store.watch('', { existing: true });
    expect(await two.store.get('a')).toBeUndefined();
    expect((await two.store.list('')).entries).toEqual([]);
    await one.store.set('xa', 1);
    await two.store.set('b', 2, { operationId: 'once' });
    for await (const change of watch) {
      expect(change).toMatchObject({ kind: 'set', key: 'b', value: 2 });
      break;
    }
    expect((await one.store.list('')).entries.map(({ key }) => key)).toEqual(['a', 'xa']);
    await Promise.all([one.store.close(), two.store.close()]);
    await one.dispose();
    await raw.del(await raw.keys(`{${one.keyPrefix}x}*`));
  });

  it('an operation id is forgotten when its time is over', async () => {
    const { store, dispose } = fresh({ operationTtlMs: 40 });
    const first = await store.set('a', 1, { operationId: 'once' });
    await until(async () => (await store.set('a', 1, { operationId: 'once' })) > first);
    await store.close();
    await dispose();
  });

  it('a deletion that found nothing is answered so again', async () => {
    const { store, dispose } = fresh();
    expect(await store.delete('a', { operationId: 'once' })).toBe(false);
    await store.set('a', 1);
    expect(await store.delete('a', { operationId: 'once' })).toBe(false);
    expect((await store.get('a'))?.value).toBe(1);
    await store.close();
    await dispose();
  });

  it('a server that was told to forget its scripts is told them again', async () => {
    const { store, dispose } = fresh();
    await store.set('a', 1);
    await raw.scriptFlush();
    const done = await Promise.all([
      store.set('a', 2),
      store.compareAndSet('b', ABSENT, 1),
      store.delete('c'),
      store.touch('d', 1, 1),
      store.list(''),
    ]);
    expect(done.map((one) => typeof one)).toEqual(['number', 'object', 'boolean', 'boolean', 'object']);
    await store.close();
    await dispose();
  });

  it('an entry without a revision is corrupted: it is no longer absent, and is healed by writing it', async () => {
    const { store, keyPrefix, dispose } = fresh();
    for (const key of ['a', 'b']) {
      const revision = await store.set(key, 1);
      await raw.set(`{${keyPrefix}}entry:${key}`, 'rubbish');
      await expect(store.get(key)).rejects.toSatisfy(storeFaults.ENTRY_CORRUPTED.matches);
      for (const expected of [ABSENT, revision]) {
        await expect(store.compareAndSet(key, expected, 2)).rejects.toSatisfy(
          storeFaults.ENTRY_CORRUPTED.matches,
        );
      }
      expect(await store.touch(key, revision, 1000)).toBe(false);
    }
    await store.set('a', 3);
    expect((await store.get('a'))?.value).toBe(3);
    expect(await store.delete('b')).toBe(true);
    await store.close();
    await dispose();
  });

  it('all watches of a store share one connection, which ends with the last of them', async () => {
    const { store, keyPrefix, dispose } = fresh();
    const subscribed = async () =>
      (await raw.pubSubNumSub([`{${keyPrefix}}changes`]))[`{${keyPrefix}}changes`] ?? 0;
    const watches = await Promise.all(['a', 'b', 'c'].map((prefix) => store.watch(prefix)));
    expect(await subscribed()).toBe(1);
    for (const watch of watches.slice(1)) await watch.close();
    expect(await subscribed()).toBe(1);
    await watches[0]?.close();
    await until(async () => (await subscribed()) === 0);
    const again = await store.watch('a');
    expect(await subscribed()).toBe(1);
    await store.close();
    await until(async () => (await subscribed()) === 0);
    await again.close();
    await dispose();
  });
});

it.each([
  [{ keyPrefix: 'a{b}' }, RangeError],
  [{ keyPrefix: '' }, RangeError],
  [{ operationTtlMs: 0.5 }, RangeError],
  [{ durability: 'eternal' as never }, RangeError],
  [{ url: 'postgres://host' }, TypeError],
  [{ url: 'redis://host/name' }, TypeError],
])('an option out of range is refused: %j', (wrong, type) => {
  expect(() => redisStore({ url: 'redis://127.0.0.1', ...wrong })).toThrow(type);
});

/** Asks until it is so. The test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(5);
}
