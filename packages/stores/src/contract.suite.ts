import { seededRandom, systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { ABSENT, type Change, type Entry, type Store, storeFaults, type Watch } from './contract.ts';
import { QUARANTINE } from './entry-reader.ts';

/** A store to be tested, on state of its own, which is empty. */
export interface OpenedStore {
  readonly store: Store;
  /** Opens the same state once more, as another process does. Default: the store itself is asked. */
  readonly another?: () => Promise<Store>;
  /** Changes what is stored under the key, behind the store's back, so that its value is no longer what was written. */
  readonly corrupt: (key: string) => Promise<void>;
  /** Takes the state away. The stores that were opened are closed before. */
  readonly dispose: () => Promise<void>;
}

/**
 * What every store promises, as tests: call it in a test file of the driver. Each test opens a store of its own. It needs
 * Vitest.
 */
export function storeSuite(driver: string, open: () => Promise<OpenedStore>): void {
  const opened: { readonly state: OpenedStore; readonly stores: Store[] }[] = [];

  afterEach(async () => {
    for (const { state, stores } of opened.splice(0)) {
      await Promise.all(stores.map((store) => store.close()));
      await state.dispose();
    }
  });

  async function fresh() {
    const state = await open();
    const stores = [state.store];
    opened.push({ state, stores });
    return {
      store: state.store,
      corrupt: state.corrupt,
      async another() {
        const other = (await state.another?.()) ?? state.store;
        stores.push(other);
        return other;
      },
    };
  }

  describe(`${driver}: values`, () => {
    it('come back as they were written', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const values = [
        null,
        false,
        0,
        -1.5e300,
        '',
        'a\0b\u2028\ud800 "quoted" \\ 🎧\n',
        [1, [2, []]],
        { state: 'open', nested: { since: 12, list: [{}] } },
      ];
      for (const [at, value] of values.entries()) {
        const revision = await store.set(`value/${at}`, value);
        expect(await other.get(`value/${at}`)).toEqual({ key: `value/${at}`, value, revision });
      }
    });

    it('that do not exist are undefined', async () => {
      const { store } = await fresh();
      expect(await store.get('nobody')).toBeUndefined();
      expect(await store.delete('nobody')).toBe(false);
    });

    it('are copies', async () => {
      const { store } = await fresh();
      const value = { list: [1] };
      await store.set('copy', value);
      value.list.push(2);
      const entry = (await store.get<{ list: number[] }>('copy')) as Entry<{ list: number[] }>;
      expect(entry.value.list).toEqual([1]);
      entry.value.list.push(3);
      expect((await store.get('copy'))?.value).toEqual({ list: [1] });
    });

    it('may have any key of up to 512 bytes', async () => {
      const { store } = await fresh();
      const keys = [
        'a\'b"c\\d%e_f*g?h[i]j',
        ' ',
        '\n',
        'ä/🎧',
        '{x}',
        '\u{10ffff}',
        '🎧'.repeat(128),
        '-'.repeat(512),
      ];
      for (const [at, key] of keys.entries()) await store.set(key, at);
      for (const [at, key] of keys.entries()) expect((await store.get(key))?.value).toBe(at);
      const { entries } = await store.list('');
      expect(entries.map(({ key }) => key).sort()).toEqual([...keys].sort());
    });

    it('may be large', async () => {
      const { store } = await fresh();
      const value = 'ä'.repeat(500_000);
      await store.set('large', value);
      expect((await store.get('large'))?.value).toBe(value);
    });
  });

  describe(`${driver}: revisions`, () => {
    it('grow with every write, over deletion and expiry', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const seen: number[] = [];
      seen.push(await store.set('a', 1));
      seen.push(await other.set('a', 2));
      await store.delete('a');
      seen.push(await other.set('a', 3, { ttlMs: 40 }));
      await until(async () => (await store.get('a')) === undefined);
      const created = await store.compareAndSet('a', ABSENT, 4);
      seen.push(created.ok ? created.revision : Number.NaN);
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect((await store.get('a'))?.revision).toBe(seen.at(-1));
    });

    it('are compared: one of many that start from the same wins, and the others learn what there is', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const base = await store.set('a', 'base');
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, at) => [store, other][at % 2]?.compareAndSet('a', base, at)),
      );
      const winners = results.flatMap((result, at) =>
        result?.ok ? [{ at, revision: result.revision }] : [],
      );
      expect(winners).toHaveLength(1);
      const entry = await store.get('a');
      expect(entry).toMatchObject({ value: winners[0]?.at, revision: winners[0]?.revision });
      for (const result of results) if (!result?.ok) expect(result?.entry).toEqual(entry);
    });

    it('create what is absent, once', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const results = await Promise.all([
        store.compareAndSet('new', ABSENT, 'one'),
        other.compareAndSet('new', ABSENT, 'two'),
      ]);
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await store.compareAndSet('gone', 7, 'x')).toEqual({ ok: false, entry: undefined });
      expect(await store.get('gone')).toBeUndefined();
    });

    it('count up without losing one, from many at once', async () => {
      const { store, another } = await fresh();
      const stores = [store, await another()];
      await Promise.all(
        Array.from({ length: 8 }, async (_, at) => {
          const mine = stores[at % 2] as Store;
          for (let done = 0; done < 10; ) {
            const entry = await mine.get<number>('count');
            const next = (entry?.value ?? 0) + 1;
            if ((await mine.compareAndSet('count', entry?.revision ?? ABSENT, next)).ok) done++;
          }
        }),
      );
      expect((await store.get('count'))?.value).toBe(80);
    });

    it('decide what is deleted', async () => {
      const { store } = await fresh();
      const old = await store.set('a', 1);
      const now = await store.set('a', 2);
      expect(await store.delete('a', { revision: old })).toBe(false);
      expect(await store.delete('a', { revision: ABSENT })).toBe(false);
      expect((await store.get('a'))?.value).toBe(2);
      expect(await store.delete('a', { revision: now })).toBe(true);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.delete('a')).toBe(false);
    });
  });

  describe(`${driver}: time to live`, () => {
    it('ends what has one, for all who look', async () => {
      const { store, another } = await fresh();
      const other = await another();
      await store.set('short', 1, { ttlMs: 60 });
      await store.set('long', 2, { ttlMs: 3_600_000 });
      await store.set('ever', 3);
      await until(async () => (await other.get('short')) === undefined);
      const left = await store.list('');
      expect(left.entries.map(({ key }) => key)).toEqual(['ever', 'long']);
      expect(await store.delete('short')).toBe(false);
    });

    it('is what the last write said', async () => {
      const { store } = await fresh();
      await store.set('a', 1, { ttlMs: 60 });
      await store.set('a', 2);
      await store.set('b', 1);
      await store.set('b', 2, { ttlMs: 60 });
      await until(async () => (await store.get('b')) === undefined);
      expect((await store.get('a'))?.value).toBe(2);
    });

    it('is prolonged by a touch at the right revision only, which changes nothing else', async () => {
      const { store } = await fresh();
      await store.get('lease'); // to ask may mean to connect first
      const revision = await store.set('lease', 'mine', { ttlMs: 500 });
      expect(await store.touch('lease', revision, 60_000)).toBe(true);
      await store.set('other', 1, { ttlMs: 500 });
      expect(await store.touch('lease', revision + 1, 1)).toBe(false);
      expect(await store.touch('nobody', revision, 60_000)).toBe(false);
      await until(async () => (await store.get('other')) === undefined);
      expect(await store.get('lease')).toEqual({ key: 'lease', value: 'mine', revision });
      expect(await store.touch('other', revision, 60_000)).toBe(false);
    });
  });

  describe(`${driver}: an operation id`, () => {
    it('makes a write happen once, whoever repeats it', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const once = { operationId: 'op-1' };
      const revision = await store.set('a', 1, once);
      await store.set('a', 2);
      expect(await other.set('a', 1, once)).toBe(revision);
      expect((await store.get('a'))?.value).toBe(2);
    });

    it('makes a compare-and-set that has won answer so again', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const base = await store.set('a', 0);
      const won = await store.compareAndSet('a', base, 1, { operationId: 'op-2' });
      expect(won.ok).toBe(true);
      expect(await other.compareAndSet('a', base, 1, { operationId: 'op-2' })).toEqual(won);
      expect((await other.compareAndSet('a', base, 1, { operationId: 'op-3' })).ok).toBe(false);
    });

    it('makes a deletion happen once', async () => {
      const { store } = await fresh();
      await store.set('a', 1);
      expect(await store.delete('a', { operationId: 'op-4' })).toBe(true);
      await store.set('a', 2);
      expect(await store.delete('a', { operationId: 'op-4' })).toBe(true);
      expect((await store.get('a'))?.value).toBe(2);
    });

    it('makes a deletion that found nothing find nothing again', async () => {
      const { store } = await fresh();
      expect(await store.delete('a', { operationId: 'op-6' })).toBe(false);
      await store.set('a', 1);
      expect(await store.delete('a', { operationId: 'op-6' })).toBe(false);
      expect((await store.get('a'))?.value).toBe(1);
    });

    it('is for one write: others under it are answered as if they were the first, and not written', async () => {
      const { store } = await fresh();
      const once = { operationId: 'op-7' };
      const first = await store.set('a', 1, once);
      expect(await store.set('b', 2, once)).toBe(first);
      expect(await store.delete('a', once)).toBe(true);
      expect((await store.get('a'))?.value).toBe(1);
      expect(await store.get('b')).toBeUndefined();
    });

    it('makes one of many at the same time happen', async () => {
      const { store, another } = await fresh();
      const stores = [store, await another()];
      const revisions = await Promise.all(
        Array.from({ length: 10 }, (_, at) => stores[at % 2]?.set('a', at, { operationId: 'op-5' })),
      );
      expect(new Set(revisions).size).toBe(1);
    });
  });

  describe(`${driver}: a guard`, () => {
    it('lets writes through while it holds, and none after', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const revision = await store.set('lease', 'me', { ttlMs: 60_000 });
      const guard = { key: 'lease', revision };
      await store.set('a', 1, { guard });
      await store.touch('lease', revision, 30_000);
      const second = await store.compareAndSet('a', (await store.get('a'))?.revision ?? 0, 2, { guard });
      expect(second.ok).toBe(true);
      await other.set('lease', 'you');
      for (const write of [
        () => store.set('a', 3, { guard }),
        () => store.compareAndSet('a', second.ok ? second.revision : 0, 3, { guard }),
        () => store.delete('a', { guard }),
        () => store.set('new', 1, { guard: { key: 'nobody', revision } }),
      ]) {
        await expect(write()).rejects.toSatisfy(storeFaults.GUARD_LOST.matches);
      }
      expect((await other.get('a'))?.value).toBe(2);
      expect(await other.get('new')).toBeUndefined();
    });

    it('may be more than a key and a revision, and never is that something does not exist', async () => {
      const { store } = await fresh();
      const lease = { key: 'lease', revision: await store.set('lease', 'me'), release: () => undefined };
      await Promise.all([store.set('a', 1, { guard: lease }), store.set('b', 1)]);
      const nobody = { key: 'nobody', revision: ABSENT };
      await expect(store.set('a', 2, { guard: nobody })).rejects.toSatisfy(storeFaults.GUARD_LOST.matches);
      for (const revision of [-1, 0.5, Number.NaN]) {
        const wrong = { key: 'lease', revision };
        await expect(store.set('a', 2, { guard: wrong })).rejects.toThrow(RangeError);
      }
      expect((await store.get('a'))?.value).toBe(1);
    });

    it('no longer holds when it has expired', async () => {
      const { store } = await fresh();
      const guard = { key: 'lease', revision: await store.set('lease', 'me', { ttlMs: 50 }) };
      await until(async () => (await store.get('lease')) === undefined);
      await expect(store.set('a', 1, { guard })).rejects.toSatisfy(storeFaults.GUARD_LOST.matches);
    });
  });

  describe(`${driver}: lists`, () => {
    it('are in the order of bytes, page by page, of one prefix', async () => {
      const { store } = await fresh();
      const random = seededRandom(7);
      const names = ['', 'A', 'a', 'a/b', 'ab', 'b', 'Z', '\uffee', '🎧', '_', '%', '0', '10', '2'];
      const keys = names.map((name) => `list/${name}`).filter((key) => key !== 'list/');
      for (const key of [...keys].sort(() => random.next() - 0.5)) await store.set(key, key);
      await store.set('lisu', 'not this one');
      await store.set('lis', 'nor this one');
      const expected = keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const limit of [1, 3, expected.length, 1000]) {
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await store.list('list/', { after, limit });
          expect(page.entries.length).toBeLessThanOrEqual(limit);
          expect(page).toMatchObject({ corrupted: [], complete: true });
          seen.push(...page.entries.map(({ key }) => key));
          after = page.next;
        } while (after !== undefined);
        expect(seen).toEqual(expected);
      }
    });

    it('have the values and revisions, and take a prefix literally', async () => {
      const { store } = await fresh();
      const revision = await store.set('a*b', 1);
      for (const key of ['axb', 'a_b', 'a%b', 'a[b]', 'a\\b']) await store.set(key, 2);
      expect((await store.list('a*')).entries).toEqual([{ key: 'a*b', value: 1, revision }]);
      for (const key of ['a_', 'a%', 'a[b', 'a\\']) expect((await store.list(key)).entries).toHaveLength(1);
      expect((await store.list('none')).entries).toEqual([]);
    });
  });

  describe(`${driver}: watches`, () => {
    it('tell changes by others, from the moment they are there', async () => {
      const { store, another } = await fresh();
      const other = await another();
      await other.set('w/old', 0);
      const watch = reading(await store.watch('w/'));
      await other.set('w/a', 1);
      expect(await watch.next()).toMatchObject({ kind: 'set', key: 'w/a', value: 1 });
      await other.set('not/w', 1);
      await other.set('w/a', 2);
      expect(await watch.next()).toMatchObject({ kind: 'set', key: 'w/a', value: 2 });
      await other.delete('w/old');
      expect(await watch.next()).toEqual({ kind: 'deleted', key: 'w/old' });
    });

    it('tell what is there, when asked to', async () => {
      const { store } = await fresh();
      const revision = await store.set('w/a', 1);
      const watch = reading(await store.watch('w/', { existing: true }));
      expect(await watch.next()).toEqual({ kind: 'set', key: 'w/a', value: 1, revision });
    });

    it('end up at what is there, whatever happened between', async () => {
      const { store, another } = await fresh();
      const other = await another();
      const watch = reading(await store.watch('w/'));
      const seen = new Map<string, unknown>();
      const lastRevision = new Map<string, number>();
      const random = seededRandom(3);
      const writing = (async () => {
        for (let write = 0; write < 200; write++) {
          const key = `w/${Math.floor(random.next() * 10)}`;
          if (random.next() < 0.3) await other.delete(key);
          else await other.set(key, write);
        }
        await other.set('w/end', true);
      })();
      for (;;) {
        const change = await watch.next();
        if (change.kind === 'deleted') seen.delete(change.key);
        if (change.kind !== 'set') continue;
        expect(change.revision).toBeGreaterThan(lastRevision.get(change.key) ?? 0);
        lastRevision.set(change.key, change.revision);
        seen.set(change.key, change.value);
        if (change.key === 'w/end') break;
      }
      await writing;
      const isSame = async () => {
        const { entries } = await store.list('w/');
        return entries.length === seen.size && entries.every(({ key, value }) => seen.get(key) === value);
      };
      while (!(await isSame())) {
        const change = await watch.next();
        if (change.kind === 'set') seen.set(change.key, change.value);
        else seen.delete(change.key);
      }
    });

    it('tell what has expired', async () => {
      const { store, another } = await fresh();
      const other = await another();
      await store.watch('w/'); // to watch may mean to connect first
      await other.set('w/before', 1, { ttlMs: 1000 });
      const watch = reading(await store.watch('w/'));
      await other.set('w/after', 1, { ttlMs: 120 });
      const told: Change[] = [];
      while (told.filter(({ kind }) => kind === 'deleted').length < 2) told.push(await watch.next());
      expect(
        told
          .filter(({ kind }) => kind === 'deleted')
          .map(({ key }) => key)
          .sort(),
      ).toEqual(['w/after', 'w/before']);
    });

    it('end when they are closed, when their signal aborts, and with their store', async () => {
      const { store } = await fresh();
      const closed = await store.watch('w/');
      const waiting = reading(closed).next();
      await closed.close();
      await expect(waiting).rejects.toThrow('ended');
      const controller = new AbortController();
      const aborted = reading(await store.watch('w/', { signal: controller.signal })).next();
      controller.abort(new Error('enough'));
      await expect(aborted).rejects.toThrow('enough');
      const last = expect(reading(await store.watch('w/')).next()).rejects.toThrow('ended');
      await store.close();
      await last;
    });
  });

  describe(`${driver}: what cannot be`, () => {
    it.each([
      ['an empty key', ''],
      ['a key of 513 bytes', 'x'.repeat(513)],
      ['a key of 513 bytes in 129 characters', `${'🎧'.repeat(128)}x`],
      ['a key with U+0000', 'a\0b'],
      ['a key with half a surrogate pair', 'a\ud800'],
    ])('is %s: it is refused everywhere', async (_what, key) => {
      const { store } = await fresh();
      for (const call of [
        () => store.get(key),
        () => store.set(key, 1),
        () => store.compareAndSet(key, ABSENT, 1),
        () => store.touch(key, 1, 1),
        () => store.delete(key),
        () => store.set('a', 1, { operationId: key }),
        () => store.set('a', 1, { guard: { key, revision: 1 } }),
        ...(key === '' ? [] : [() => store.list(key), () => store.watch(key)]),
      ]) {
        await expect(call()).rejects.toSatisfy(storeFaults.KEY_INVALID.matches);
      }
      expect(await store.get('a')).toBeUndefined();
    });

    it('is a value over the limit, or none that JSON has', async () => {
      const { store } = await fresh();
      await expect(store.set('a', 'ä'.repeat(600_000))).rejects.toMatchObject({
        code: 'VALUE_TOO_LARGE',
        context: { key: 'a', sizeBytes: 1_200_002, limitBytes: 1_048_576 },
      });
      const circle: unknown[] = [];
      circle.push(circle);
      for (const value of [undefined, () => 1, Symbol('s'), 1n, circle]) {
        await expect(store.set('a', value)).rejects.toSatisfy(storeFaults.VALUE_INVALID.matches);
      }
      expect(await store.get('a')).toBeUndefined();
    });

    it.each([-1, 0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as never])(
      'is a ttl of %s',
      async (ttlMs) => {
        const { store } = await fresh();
        const revision = await store.set('a', 1);
        await expect(store.set('a', 2, { ttlMs })).rejects.toSatisfy(storeFaults.TTL_INVALID.matches);
        await expect(store.touch('a', revision, ttlMs)).rejects.toSatisfy(storeFaults.TTL_INVALID.matches);
        expect((await store.get('a'))?.value).toBe(1);
      },
    );

    it('is a revision or a page that is no such number', async () => {
      const { store } = await fresh();
      await expect(store.compareAndSet('a', -1, 1)).rejects.toThrow(RangeError);
      await expect(store.delete('a', { revision: 1.5 })).rejects.toThrow(RangeError);
      await expect(store.list('', { limit: 0 })).rejects.toThrow(RangeError);
      await expect(store.list('', { limit: 1001 })).rejects.toThrow(RangeError);
    });
  });

  describe(`${driver}: what is corrupted`, () => {
    it('is a typed fault, quarantined once, and the rest keeps working', async () => {
      const { store, corrupt, another } = await fresh();
      await store.set('c/1', 'one');
      await store.set('c/2', { state: 'two' });
      await store.set('c/3', 'three');
      await corrupt('c/2');
      const other = await another();
      for (const reader of [store, store, other]) {
        await expect(reader.get('c/2')).rejects.toSatisfy(storeFaults.ENTRY_CORRUPTED.matches);
      }
      const page = await store.list('c/');
      expect(page.entries.map(({ key }) => key)).toEqual(['c/1', 'c/3']);
      expect(page.corrupted).toEqual(['c/2']);
      const { entries } = await store.list<{ key: string; text: string }>(QUARANTINE);
      expect(entries).toHaveLength(1);
      expect(entries[0]?.value).toMatchObject({ key: 'c/2', text: expect.stringContaining('state') });
      await store.set('c/1', 'still');
      expect((await store.get('c/1'))?.value).toBe('still');
    });

    it('is healed by writing it again, or deleting it', async () => {
      const { store, corrupt } = await fresh();
      for (const key of ['a', 'b']) {
        await store.set(key, { state: key });
        await corrupt(key);
      }
      await store.set('a', 'new');
      expect((await store.get('a'))?.value).toBe('new');
      expect(await store.delete('b')).toBe(true);
      expect(await store.get('b')).toBeUndefined();
    });

    it('is told by a watch', async () => {
      const { store, corrupt, another } = await fresh();
      await store.set('c/1', { state: 'one' });
      await corrupt('c/1');
      const watch = reading(await (await another()).watch('c/', { existing: true }));
      expect(await watch.next()).toEqual({ kind: 'corrupted', key: 'c/1' });
    });
  });

  describe(`${driver}: the end`, () => {
    it('of waiting comes with the signal', async () => {
      const { store } = await fresh();
      const signal = AbortSignal.abort(new Error('no longer'));
      await expect(store.get('a', { signal })).rejects.toThrow('no longer');
      await expect(store.set('a', 1, { signal })).rejects.toThrow('no longer');
      await expect(store.watch('a', { signal })).rejects.toThrow('no longer');
      expect(await store.get('a')).toBeUndefined();
    });

    it('of a store is final, and may be asked for twice', async () => {
      const { store } = await fresh();
      await store.set('a', 1);
      await Promise.all([store.close(), store.close()]);
      for (const call of [
        () => store.get('a'),
        () => store.set('a', 1),
        () => store.list(''),
        () => store.watch(''),
      ]) {
        await expect(call()).rejects.toSatisfy(storeFaults.STORE_CLOSED.matches);
      }
    });
  });
}

/** Waits for the changes one by one. */
function reading(watch: Watch): { next(): Promise<Change> } {
  const iterator = watch[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await iterator.next();
      if (done) throw new Error('the watch has ended');
      return value;
    },
  };
}

/** Asks until it is so. The test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(5);
}
