import { seededRandom, systemClock } from '@sustain/kernel';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../contract.ts';
import { ABSENT, type Guard, storeFaults } from '../contract.ts';
import { freshSchema, raw, url } from './fresh-schema.fixture.ts';
import { lockSeed } from './migrations.ts';

describe.skipIf(url === undefined)('under concurrent clients', () => {
  const opened: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function two() {
    const state = await freshSchema();
    const other = (await state.another?.()) as Store;
    opened.push(
      state.dispose,
      () => state.store.close(),
      () => other.close(),
    );
    return { schema: state.schema, stores: [state.store, other] as const };
  }

  it('fencing tokens grow strictly, while keys are created, deleted, expire and are swept', async () => {
    const { schema, stores } = await two();
    await stores[0].set('warm', 1);
    const random = seededRandom(11);
    /** What each writer drew, with what it knew was committed before it began. */
    const draws: { readonly key: string; readonly revision: number; readonly floor: number }[] = [];
    const committed = new Map<string, number>();
    let isOver = false;
    const drew = (key: string, revision: number, floor: number) => {
      draws.push({ key, revision, floor });
      committed.set(key, Math.max(committed.get(key) ?? 0, revision));
    };
    const sweeping = (async () => {
      while (!isOver) {
        // As if ten minutes had passed: what is dead goes at once.
        await raw(`delete from ${schema}.entries where expires < clock_timestamp()`);
      }
    })();
    await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const store = stores[at % 2] as Store;
        for (let write = 0; write < 40; write++) {
          const key = `token/${Math.floor(random.next() * 3)}`;
          const floor = committed.get(key) ?? 0;
          const chance = random.next();
          if (chance < 0.3) {
            await store.delete(key);
          } else if (chance < 0.6) {
            const created = await store.compareAndSet(key, ABSENT, at, { ttlMs: 5 });
            if (created.ok) drew(key, created.revision, floor);
          } else {
            drew(key, await store.set(key, at), floor);
          }
        }
      }),
    );
    isOver = true;
    await sweeping;
    expect(draws.length).toBeGreaterThan(100);
    expect(new Set(draws.map(({ revision }) => revision)).size).toBe(draws.length);
    for (const { revision, floor } of draws) expect(revision).toBeGreaterThan(floor);
  });

  it('a number that was drawn cannot be overtaken: whoever writes the key meanwhile waits', async () => {
    const { schema, stores } = await two();
    const [store, other] = stores;
    await store.set('warm', 1);
    // Holds up an insert that has drawn its number, until the lock is given back.
    const hold = lockSeed(schema);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('select pg_advisory_lock($1)', [hold]);
    await holder.query(`create function ${schema}.hold() returns trigger language plpgsql as
      $$ begin if new.value like '%first%' then perform pg_advisory_xact_lock(${hold}); end if; return new; end $$;
      create trigger hold before insert on ${schema}.entries for each row execute function ${schema}.hold()`);
    const waiting = async () => {
      const text = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%"${schema}".write%'`;
      return (await holder.query(text)).rowCount;
    };
    const done: string[] = [];
    const first = store.set('key', 'first').finally(() => done.push('first'));
    while ((await waiting()) !== 1) await systemClock.sleep(5);
    const second = other.set('key', 'second').finally(() => done.push('second'));
    while ((await waiting()) !== 2) await systemClock.sleep(5);
    await store.set('another key', 1);
    expect(done).toEqual([]);
    await holder.end();
    expect(await second).toBeGreaterThan(await first);
    expect((await store.get('key'))?.value).toBe('second');
  });

  it('no guarded write is committed after the takeover was', async () => {
    const { schema, stores } = await two();
    const [store] = stores;
    await store.set('warm', 1);
    await raw(`create table ${schema}.journal (at bigserial, key text, value text)`);
    // The order of commits on each key is that of its row's versions; guarded writes and takeovers note theirs.
    await raw(`create function ${schema}.note() returns trigger language plpgsql as
      $$ begin insert into ${schema}.journal (key, value) values (new.key, substr(new.value, 9)); return new; end $$;
      create trigger note after insert or update on ${schema}.entries for each row execute function ${schema}.note()`);
    let guard: Guard = { key: 'lease', revision: await store.set('lease', 0) };
    let isOver = false;
    let lost = 0;
    let written = 0;
    const writers = Array.from({ length: 6 }, async (_, at) => {
      const mine = stores[at % 2] as Store;
      while (!isOver) {
        const held = guard;
        try {
          await mine.set(`guarded/${at}`, held.revision, { guard: held });
          written++;
        } catch (error) {
          if (!storeFaults.GUARD_LOST.matches(error)) throw error;
          lost++;
        }
      }
    });
    const holders: number[] = [guard.revision];
    for (let takeover = 1; takeover <= 20; takeover++) {
      const before: number = written;
      while (written < before + 5) await systemClock.sleep(1);
      const revision: number = await stores[1].set('lease', takeover);
      // Not told to the writers yet: those who hold the old one must be refused from now on.
      const [row] = await raw<{ at: string }>(`select coalesce(max(at), 0) as at from ${schema}.journal`);
      const lostBefore: number = lost;
      while (lost < lostBefore + 6) await systemClock.sleep(1);
      const late = await raw(
        `select * from ${schema}.journal where key like 'guarded/%' and value = $1 and at > $2`,
        [String(guard.revision), row?.at],
      );
      expect(late).toEqual([]);
      guard = { key: 'lease', revision };
      holders.push(revision);
    }
    isOver = true;
    await Promise.all(writers);
    // Nor before the takeover in the journal, whose order is that in which locks were had.
    const noted = await raw<{ key: string; value: string }>(
      `select key, value from ${schema}.journal where key <> 'warm' order by at`,
    );
    let held = -1;
    for (const { key, value } of noted) {
      if (key === 'lease') held++;
      else expect(Number(value)).toBe(holders[Math.max(held, 0)]);
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('two writes that guard each other do not wait for each other', async () => {
    const { stores } = await two();
    const [store, other] = stores;
    const [a, b] = [await store.set('a', 0), await store.set('b', 0)];
    const before = await deadlocks();
    for (let round = 0; round < 30; round++) {
      const results = await Promise.allSettled([
        store.compareAndSet('a', a, round, { guard: { key: 'b', revision: b } }),
        other.compareAndSet('b', b, round, { guard: { key: 'a', revision: a } }),
        other.set('own', round, { guard: { key: 'own', revision: 1 } }),
      ]);
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      for (const reason of reasons) expect(reason).toSatisfy(storeFaults.GUARD_LOST.matches);
    }
    expect(await deadlocks()).toBe(before);
  });
});

async function deadlocks(): Promise<string | undefined> {
  const text = 'select deadlocks from pg_stat_database where datname = current_database()';
  return (await raw<{ deadlocks: string }>(text))[0]?.deadlocks;
}
