import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { ABSENT, storeFaults } from '../contract.ts';
import { memoryStore } from '../memory/index.ts';
import { FIRST_LOCAL, fallbackFaults, fallbackStore } from './index.ts';
import { REFUSING, STEADY, stand } from './stand.fixture.ts';

describe('while the primary is away', () => {
  it('"not found" is said only of what is known not to exist', async () => {
    const { store, leave } = await stand();
    await store.set('seen', 1);
    await store.set('gone', 1);
    await store.delete('gone');
    expect(await store.get('nobody')).toBeUndefined();
    await leave();
    expect(await store.get('seen')).toMatchObject({ value: 1 });
    expect(await store.get('gone')).toBeUndefined();
    expect(await store.get('nobody')).toBeUndefined();
    await expect(store.get('never seen')).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    await expect(store.get('never seen')).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
  });

  it('an absence that was seen long before is none: others may have created it since', async () => {
    const { store, leave, clock } = await stand({ absenceMaxAgeMs: 1000 });
    await store.get('old');
    await clock.advance(900);
    await store.get('fresh');
    await clock.advance(500);
    await leave();
    await clock.advance(60_000);
    expect(await store.get('fresh')).toBeUndefined();
    await expect(store.get('old')).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    const creation = store.compareAndSet('old', ABSENT, 1);
    await expect(creation).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
  });

  it('the very operation that meets it is carried on', async () => {
    for (const fates of [
      REFUSING,
      { ...STEADY, lostBefore: 1 },
      { ...STEADY, lostAfter: 1 },
      { ...STEADY, hangs: 1 },
    ]) {
      const { store, link, clock, comeBack, applied } = await stand();
      await store.set('a', 'before');
      link.fates = fates;
      const revision = await clock.run(store.set('a', 'after'));
      expect(revision).toBeGreaterThanOrEqual(FIRST_LOCAL);
      expect(store.state()).toMatchObject({ state: 'away', journalEntries: 1 });
      expect(await store.get('a')).toEqual({ key: 'a', value: 'after', revision });
      await comeBack();
      expect(applied.filter(({ value }) => value === 'after')).toHaveLength(1);
    }
  });

  it('a primary that is slow is away after the patience, and no sooner', async () => {
    const { store, link, clock } = await stand({ patienceMs: 200 });
    link.fates = { ...STEADY, hangs: 1 };
    const reading = store.get('a').catch((error) => error);
    await clock.advance(199);
    expect(store.state().state).toBe('primary');
    await clock.advance(1);
    expect(store.state().state).toBe('away');
    expect(await reading).toSatisfy(fallbackFaults.NOT_KNOWN.matches);
  });

  it('compare-and-set is decided by what is known, and refused by what is not', async () => {
    const { store, leave, primary } = await stand();
    const one = await store.set('a', 1);
    await store.get('nobody');
    await leave();
    const two = await store.compareAndSet('a', one, 2);
    expect(two.ok).toBe(true);
    expect(await store.compareAndSet('a', one, 3)).toMatchObject({ ok: false, entry: { value: 2 } });
    expect((await store.compareAndSet('a', two.ok ? two.revision : 0, 3)).ok).toBe(true);
    expect((await store.compareAndSet('nobody', ABSENT, 1)).ok).toBe(true);
    const unknown = store.compareAndSet('never seen', ABSENT, 1);
    await expect(unknown).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    await expect(store.delete('never seen')).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    await store.set('never seen', 1);
    expect(await primary.get('never seen')).toBeUndefined();
  });

  it('a revision that the caller has seen later than the store is not taken for an old one', async () => {
    const { store, leave, primary } = await stand();
    await store.set('a', 1);
    const theirs = await primary.set('a', 2);
    await leave();
    const write = store.compareAndSet('a', theirs, 3);
    await expect(write).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
  });

  it('lists what is known, in the order of bytes, and says that there may be more', async () => {
    const { store, leave } = await stand();
    for (const key of ['l/b', 'l/🎧', 'l/\uffee', 'other']) await store.set(key, key);
    await leave();
    await store.set('l/a', 'new');
    await store.delete('l/b');
    const first = await store.list('l/', { limit: 2 });
    expect(first).toMatchObject({ complete: false, next: 'l/\uffee' });
    const second = await store.list('l/', { limit: 2, after: first.next });
    const keys = [...first.entries, ...second.entries].map(({ key }) => key);
    expect(keys).toEqual(['l/a', 'l/\uffee', 'l/🎧']);
    expect(second).toMatchObject({ complete: false, next: undefined });
  });

  it('an operation id makes a write happen once, also when it was done before', async () => {
    const { store, leave, comeBack, applied } = await stand();
    const before = await store.set('a', 1, { operationId: 'before' });
    await leave();
    expect(await store.set('a', 9, { operationId: 'before' })).toBe(before);
    const away = await store.set('a', 2, { operationId: 'away' });
    expect(await store.set('a', 9, { operationId: 'away' })).toBe(away);
    await comeBack();
    await store.set('a', 9, { operationId: 'away' });
    expect(applied.map(({ value }) => value)).toEqual([1, 2]);
  });

  it('a time to live counts from the write, and what has expired is gone', async () => {
    const { store, leave, clock, comeBack, primary } = await stand();
    await store.set('cached', 1, { ttlMs: 1000 });
    await leave();
    await store.set('short', 1, { ttlMs: 1000 });
    await store.set('long', 1, { ttlMs: 60_000 });
    await clock.advance(1000);
    expect(await store.get('short')).toBeUndefined();
    expect(await store.get('cached')).toBeUndefined();
    expect((await store.compareAndSet('short', ABSENT, 2)).ok).toBe(true);
    await clock.advance(29_000);
    await comeBack();
    expect((await primary.get('short'))?.value).toBe(2);
    await clock.advance(60_000 - 32_000);
    expect(await primary.get('long')).toBeDefined();
    await clock.advance(2000);
    expect(await primary.get('long')).toBeUndefined();
  });

  it('what is touched lives on, although the primary has let it expire', async () => {
    const { store, leave, clock, comeBack, primary } = await stand();
    const revision = await store.set('lease', 'mine', { ttlMs: 5000 });
    await leave();
    for (let at = 0; at < 5; at++) {
      await clock.advance(3000);
      expect(await store.touch('lease', revision, 5000)).toBe(true);
    }
    expect(await store.touch('lease', revision + 1, 5000)).toBe(false);
    expect(await primary.get('lease')).toBeUndefined();
    await comeBack();
    expect((await primary.get('lease'))?.value).toBe('mine');
    expect((await store.conflicts()).conflicts).toEqual([]);
  });

  it('a guard cannot be checked: refused, or, where that is declared, checked by the primary on return', async () => {
    const refusing = await stand();
    const guard = { key: 'lease', revision: await refusing.store.set('lease', 'me') };
    await refusing.leave();
    const write = refusing.store.set('a', 1, { guard });
    await expect(write).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);

    const { store, leave, comeBack, primary } = await stand({ guards: 'check-on-return' });
    const lease = await store.set('lease', 'me');
    await leave();
    await store.set('kept', 1, { guard: { key: 'lease', revision: lease } });
    await primary.set('lease', 'you');
    await comeBack();
    expect(await primary.get('kept')).toBeUndefined();
    expect((await store.conflicts()).conflicts).toMatchObject([
      { key: 'kept', reason: 'its guard was lost' },
    ]);
  });

  it('only the one that may acknowledges', async () => {
    const { store, leave } = await stand({ mayAcknowledge: (key) => key.startsWith('mine/') });
    await leave();
    await store.set('mine/1', 1);
    const write = store.set('yours/1', 1);
    await expect(write).rejects.toSatisfy(fallbackFaults.MAY_NOT_ACKNOWLEDGE.matches);
  });
});

describe('the journal', () => {
  it('is not kept where it would be lost, unless that is accepted', () => {
    const primary = memoryStore();
    const spare = memoryStore();
    const open = (acceptLoss: boolean) => fallbackStore({ primary, spare, onConflict: 'reject', acceptLoss });
    expect(() => open(false)).toThrow(/survives the death of its process/);
    expect(open(true).durability).toBe('volatile');
  });

  it('is full at some point: writes are refused, nothing is lost, reads go on', async () => {
    const { store, leave, comeBack, primary } = await stand({ maxJournalEntries: 3 });
    await leave();
    const writes = Array.from({ length: 5 }, (_, at) => store.set(`k/${at}`, at));
    const results = await Promise.allSettled(writes);
    expect(results.map(({ status }) => status).sort()).toEqual([
      ...Array(3).fill('fulfilled'),
      ...Array(2).fill('rejected'),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toSatisfy(fallbackFaults.JOURNAL_FULL.matches);
    }
    expect(await store.get('k/0')).toMatchObject({ value: 0 });
    await comeBack();
    expect((await primary.list('k/')).entries).toHaveLength(3);
    await store.set('k/4', 4);
  });

  it('may be bounded by its size', async () => {
    const { store, leave } = await stand({ maxJournalBytes: 2000 });
    await leave();
    await store.set('a', 'x'.repeat(1000));
    const write = store.set('b', 'x'.repeat(1000));
    await expect(write).rejects.toSatisfy(fallbackFaults.JOURNAL_FULL.matches);
    expect(store.state()).toMatchObject({ state: 'away', journalEntries: 1 });
  });

  it('may fail, as a full disk does: what was acknowledged stays, what is not is refused', async () => {
    const { store, leave, spare, comeBack, primary } = await stand();
    await leave();
    await store.set('a', 1);
    spare.refusal = new Error('ENOSPC: no space left on device');
    await expect(store.set('a', 2)).rejects.toSatisfy(storeFaults.OUTCOME_UNKNOWN.matches);
    spare.refusal = storeFaults.STORE_UNAVAILABLE({ store: 'spare', reason: 'full' });
    await expect(store.set('a', 2)).rejects.toSatisfy(fallbackFaults.JOURNAL_UNAVAILABLE.matches);
    expect(await store.get('a')).toMatchObject({ value: 1 });
    await comeBack();
    expect(store.state()).toMatchObject({ state: 'returning', journalEntries: 1 });
    spare.refusal = undefined;
    await comeBack();
    expect((await primary.get('a'))?.value).toBe(1);
  });

  it('is gone on with by the next program, when this one is killed', async () => {
    const first = await stand();
    await first.leave();
    const revision = await first.store.set('a', 1);
    await first.store.set('b', 1);
    await first.store.delete('b');
    const second = await first.restart({ fates: REFUSING });
    expect(await second.store.get('a')).toEqual({ key: 'a', value: 1, revision });
    expect(await second.store.get('b')).toBeUndefined();
    await expect(second.store.get('nobody')).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    expect((await second.store.compareAndSet('a', revision, 2)).ok).toBe(true);
    await second.comeBack();
    expect((await second.primary.get('a'))?.value).toBe(2);
    expect(second.applied.filter(({ key }) => key === 'a').map(({ value }) => value)).toEqual([1, 2]);
  });

  it('is waited for when the spare does not work at the beginning: what may be in it comes first', async () => {
    const first = await stand();
    await first.leave();
    await first.store.set('a', 2);
    const second = await first.restart({ refusal: new Error('locked') });
    await expect(second.store.get('a')).rejects.toSatisfy(fallbackFaults.JOURNAL_UNAVAILABLE.matches);
    await expect(second.store.set('a', 3)).rejects.toSatisfy(fallbackFaults.JOURNAL_UNAVAILABLE.matches);
    expect(second.store.state()).toMatchObject({
      state: 'opening',
      reason: expect.stringContaining('locked'),
    });
    second.spare.refusal = undefined;
    await second.clock.advance(1000);
    expect(second.store.state().state).toBe('primary');
    expect(await second.store.get('a')).toMatchObject({ value: 2 });
  });

  it('has one owner: of two programs with the same instance name the first is refused, and told the cure', async () => {
    const first = await stand();
    await first.leave();
    await first.store.set('a', 1);
    const second = fallbackStore({
      ...{ primary: first.link, spare: first.spare, clock: first.clock },
      ...{ onConflict: 'reject', acceptLoss: true },
    });
    await first.clock.advance(0);
    const write = first.store.set('b', 1);
    await expect(write).rejects.toThrow(/give each program an instance name of its own/);
    expect(first.store.state().state).toBe('taken');
    first.link.fates = STEADY;
    await first.clock.advance(5000);
    expect(await first.store.get('a')).toMatchObject({ value: 1 });
    await first.store.set('b', 2);
    expect(second.state().state).toBe('primary');
  });

  it('stays when the store is closed, with no timer left', async () => {
    const first = await stand();
    await first.leave();
    await first.store.set('a', 1);
    await Promise.all([first.store.close(), first.store.close()]);
    await expect(first.store.get('a')).rejects.toSatisfy(storeFaults.STORE_CLOSED.matches);
    await first.clock.advance(5000);
    expect(first.clock.waitingTimers).toBe(0);
    const second = await first.restart();
    await second.clock.advance(100);
    expect((await second.primary.get('a'))?.value).toBe(1);
  });
});

describe('a caller that aborts', () => {
  it('is no failure: the primary is not left for it, and no listener stays', async () => {
    const { store, link, clock } = await stand();
    link.fates = { ...STEADY, slow: 1 };
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners++;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners--;
      remove(...given);
    };
    await clock.run(store.set('a', 0, { signal }));
    await clock.run(store.get('a', { signal }));
    expect(listeners).toBe(0);
    const calls = [store.get('a', { signal }), store.set('a', 1, { signal }), store.set('a', 2, { signal })];
    const results = Promise.allSettled(calls);
    controller.abort(new Error('no longer wanted'));
    expect((await results).map((result) => (result as PromiseRejectedResult).reason?.message)).toEqual(
      Array(3).fill('no longer wanted'),
    );
    await clock.advance(1000);
    expect(store.state().state).toBe('primary');
    expect((await clock.run(store.get('a')))?.value).toBe(1);
  });
});

describe('what is asked for', () => {
  it('is checked before anything else, with or without the primary', async () => {
    const { store, leave } = await stand({ maxValueBytes: 100 });
    for (const _ of [1, 2]) {
      await expect(store.set('', 1)).rejects.toSatisfy(storeFaults.KEY_INVALID.matches);
      await expect(store.set('a', 'x'.repeat(200))).rejects.toSatisfy(storeFaults.VALUE_TOO_LARGE.matches);
      await expect(store.set('a', undefined)).rejects.toSatisfy(storeFaults.VALUE_INVALID.matches);
      await expect(store.set('a', 1, { ttlMs: -1 })).rejects.toSatisfy(storeFaults.TTL_INVALID.matches);
      await expect(store.compareAndSet('a', -1, 1)).rejects.toThrow(RangeError);
      await leave();
    }
    expect(store.state()).toMatchObject({ journalEntries: 0 });
  });

  it('is refused as an option where it is none', () => {
    const [primary, spare] = [memoryStore(), memoryStore()];
    const open = (options: object) => () =>
      fallbackStore({ primary, spare, onConflict: 'reject', acceptLoss: true, ...options });
    expect(open({ patienceMs: 0 })).toThrow(RangeError);
    expect(open({ successes: 1.5 })).toThrow(RangeError);
    expect(open({ instance: 'a/b' })).toThrow(RangeError);
    expect(open({ onConflict: 'mine' })).toThrow(TypeError);
    expect(open({ remembers: 'all' })).toThrow(TypeError);
    expect(open({ onConflict: { newest: true } })).toThrow(TypeError);
  });
});

it('holds no process open', async () => {
  const clock = new SimulatedClock();
  const kept: unknown[] = [];
  const schedule = clock.schedule.bind(clock);
  clock.schedule = (delayMs, callback, options) => {
    if (options?.keepAlive !== false) kept.push(delayMs);
    return schedule(delayMs, callback, options);
  };
  const { leave, comeBack, store } = await stand({}, clock);
  await leave();
  await store.set('a', 1);
  await comeBack();
  expect(kept).toEqual([]);
});
