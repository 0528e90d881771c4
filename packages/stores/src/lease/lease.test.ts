import { getEventListeners } from 'node:events';
import { createOperation, runInOperation, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { describe, expect, it } from 'vitest';
import { storeFaults } from '../contract.ts';
import { memoryStore } from '../memory/index.ts';
import { UnsteadyProcess } from '../unsteady-process.fixture.ts';
import { acquireLease, leaseFaults, tryAcquireLease, withLease } from './index.ts';

function house(seed = 1) {
  const time = new SimulatedClock();
  const shared = memoryStore({ clock: time, name: 'shared' });
  const signals = new Signals({ clock: time });
  const heard: string[] = [];
  signals.onAny(({ type, data }) => heard.push(`${type} ${(data as { holder: string }).holder}`));
  const random = seededRandom(seed);
  const open = (holder: string) => {
    const process = new UnsteadyProcess(time, shared, random.fork(`${holder} network`));
    const { clock, store } = process;
    const options = { ttlMs: 3000, clock, random: random.fork(holder), holder, signals };
    return {
      process,
      clock,
      store,
      options,
      acquire: (more: object = {}) => acquireLease(store, 'job', { ...options, ...more }),
      attempt: () => tryAcquireLease(store, 'job', options),
    };
  };
  return { time, shared, signals, heard, open };
}

describe('a lease', () => {
  it('is with one at a time, and its tokens grow over all who have it', async () => {
    const { time, open, heard } = house();
    const [a, b] = [open('a'), open('b')];
    const first = await a.acquire();
    expect(await b.attempt()).toBeUndefined();
    await first.release();
    await first.release();
    const second = await time.run(b.acquire());
    expect(second.token).toBeGreaterThan(first.token);
    expect(second).toMatchObject({ key: 'job', holder: 'b', guard: { key: 'job', revision: second.token } });
    expect(await a.attempt()).toBeUndefined();
    expect(heard).toEqual(['lease.acquired a', 'lease.released a', 'lease.acquired b']);
  });

  it('is kept for as long as it is held', async () => {
    const { time, open, shared } = house();
    const lease = await open('a').acquire();
    await time.advance(60_000);
    expect(lease.signal.aborted).toBe(false);
    expect(lease.remainingMs).toBeGreaterThan(1600);
    expect((await shared.get('job'))?.revision).toBe(lease.token);
    await lease.release();
    expect(lease.remainingMs).toBe(0);
    expect(time.waitingTimers).toBe(0);
  });

  it('that is lost, or not to be had, says in which operation it was wanted, though a timer finds out', async () => {
    const stopCarrying = useAsyncOperations();
    try {
      const { time, open } = house();
      const [a, b] = [open('a'), open('b')];
      const [wanted, waited] = [
        createOperation('want', seededRandom(1)),
        createOperation('wait', seededRandom(2)),
      ];
      const lease = await runInOperation(wanted, () => a.acquire());
      const waiting = runInOperation(waited, () => b.acquire({ maxWaitMs: 100 })).catch((error) => error);
      expect(await time.run(waiting)).toMatchObject({ code: 'LEASE_NOT_ACQUIRED', operationId: waited.id });
      a.process.cut();
      await time.advance(3000);
      expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST', operationId: wanted.id });
    } finally {
      stopCarrying();
    }
  });

  it('of a holder that is gone is free after its ttl', async () => {
    const { time, open } = house();
    const [a, b] = [open('a'), open('b')];
    await a.acquire();
    a.process.pause();
    const waitedMs = time.monotonicMs();
    await time.run(b.acquire());
    expect(time.monotonicMs() - waitedMs).toBeLessThanOrEqual(3000 + 750 + 250);
  });

  it('outlasts a store that is away for less than its ttl', async () => {
    const { time, open } = house();
    const a = open('a');
    const lease = await a.acquire();
    for (let round = 0; round < 20; round++) {
      a.process.cut();
      await time.advance(1500);
      expect(lease.signal.aborted).toBe(false);
      a.process.heal();
      await time.advance(1500);
    }
    expect(lease.remainingMs).toBeGreaterThan(0);
  });

  it('is taken for lost before others can have it, counted from when the store was asked', async () => {
    const { time, open, heard } = house();
    const a = open('a');
    const lease = await a.acquire();
    a.process.cut();
    const { signal } = lease;
    await time.advance(2699);
    expect(signal.aborted).toBe(false);
    await time.advance(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({
      code: 'LEASE_LOST',
      context: { key: 'job', holder: 'a', token: lease.token },
    });
    expect(await open('b').attempt()).toBeUndefined();
    await time.advance(300);
    expect(await open('b').attempt()).toBeDefined();
    expect(heard).toEqual(['lease.acquired a', 'lease.lost a', 'lease.acquired b']);
  });

  it('is sound on a clock that goes on between two looks at it', async () => {
    for (let stepMs = 1; stepMs <= 110; stepMs++) {
      let nowMs = 0;
      const clock = new SimulatedClock();
      const monotonicMs = () => {
        nowMs += stepMs;
        return nowMs;
      };
      const looking = Object.assign(Object.create(clock), { monotonicMs });
      looking.schedule = clock.schedule.bind(clock);
      const lease = await tryAcquireLease(memoryStore({ clock }), 'job', { ttlMs: 1000, clock: looking });
      for (let look = 0; look < 100; look++) expect(lease?.remainingMs).toBeGreaterThanOrEqual(0);
      await lease?.release();
    }
  });

  it('is lost when the store says so', async () => {
    const { time, open, shared } = house();
    const lease = await open('a').acquire();
    const { signal } = lease;
    await shared.delete('job');
    await time.advance(1000);
    expect(leaseFaults.LEASE_LOST.matches(signal.reason)).toBe(true);
  });

  it('a process that slept finds out before it does anything else', async () => {
    const { time, open, shared } = house();
    const a = open('a');
    const lease = await a.acquire();
    const { guard } = lease;
    a.process.pause();
    await time.advance(10_000);
    // No timer of it has had its turn.
    expect(lease.signal.aborted).toBe(true);
    expect(lease.remainingMs).toBe(0);
    await expect(shared.set('result', 1, { guard })).rejects.toThrow(
      storeFaults.GUARD_LOST({ store: 'shared', key: 'result', guard: 'job', revision: lease.token }).message,
    );
  });

  it('that is released late takes nothing from who has it now', async () => {
    const { time, open } = house();
    const [a, b] = [open('a'), open('b')];
    const lost = await a.acquire();
    a.process.pause();
    const lease = await time.run(b.acquire());
    a.process.resume();
    await time.run(lost.release());
    await time.advance(5000);
    expect(lease.signal.aborted).toBe(false);
  });

  it('is released although the store is away: it ends by its ttl', async () => {
    const { time, open, signals } = house();
    const [a, b] = [open('a'), open('b')];
    const lease = await a.acquire();
    const told: unknown[] = [];
    signals.onAny(({ type, data }) => told.push([type, (data as { told: boolean }).told]));
    a.process.cut();
    await lease.release();
    expect(told).toEqual([['lease.released', false]]);
    await time.advance(3000);
    expect(await b.attempt()).toBeDefined();
  });

  it('is had by who has taken it and was not answered', async () => {
    const { time, shared } = house();
    for (let seed = 0; seed < 30; seed++) {
      const random = seededRandom(seed);
      const { store, clock } = new UnsteadyProcess(time, shared, random, { lostAnswers: 0.7 });
      const key = `job/${seed}`;
      const asked = acquireLease(store, key, { ttlMs: 1000, clock, random: random.fork('a') });
      const lease = await time.run(asked, 60_000);
      expect((await shared.get(key))?.revision).toBe(lease.token);
      await time.run(lease.release());
      await time.advance(5000);
      expect(await tryAcquireLease(shared, key, { ttlMs: 1000, clock })).toBeDefined();
    }
  });
});

describe('waiting for a lease', () => {
  it('ends at once when the caller aborts, and leaves nothing behind', async () => {
    const { time, open, shared } = house();
    const [a, b] = [open('a'), open('b')];
    const lease = await a.acquire();
    const caller = new AbortController();
    const { signal } = caller;
    const waiting = Array.from({ length: 5 }, () => b.acquire({ signal }).catch((error: unknown) => error));
    await time.advance(1000);
    expect((await shared.list('.lease-line/')).entries).toHaveLength(5);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 5 }, () => reason));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await lease.release();
    await time.advance(0);
    expect((await shared.list('')).entries).toEqual([]);
    await expect(b.acquire({ signal })).rejects.toBe(reason);
    expect(time.waitingTimers).toBe(0);
  });

  it('that is aborted at any moment gives back what it gets', async () => {
    const { time, open, shared } = house();
    const [a, b] = [open('a'), open('b')];
    for (let turns = 0; turns < 60; turns++) {
      const lease = await time.run(a.acquire());
      const caller = new AbortController();
      const waiting = b.acquire({ signal: caller.signal }).catch(() => undefined);
      await time.advance(1);
      void lease.release();
      for (let turn = 0; turn < turns; turn++) await undefined;
      caller.abort();
      const got = await waiting;
      await time.advance(1);
      // Not one that was given back because of the abort.
      if (got !== undefined) expect(got.remainingMs, `${turns} turns`).toBeGreaterThan(0);
      await got?.release();
      await time.advance(10);
      expect((await shared.list('')).entries).toEqual([]);
    }
  });

  it('that is aborted asks a slow store no more', async () => {
    const { time, shared } = house();
    const process = new UnsteadyProcess(time, shared, seededRandom(1), { latencyMs: 1000 });
    const { clock, store } = process;
    await tryAcquireLease(shared, 'job', { ttlMs: 600_000, clock: time });
    const caller = new AbortController();
    const options = { ttlMs: 100, clock, random: seededRandom(2), signal: caller.signal };
    const waiting = acquireLease(store, 'job', options).catch(() => undefined);
    await time.advance(10_000);
    caller.abort();
    await waiting;
    await time.advance(10_000);
    const asked = { ...process.calls };
    await time.advance(60_000);
    expect(process.calls).toEqual(asked);
  });

  it('has a limit, when it is given one', async () => {
    const { time, open } = house();
    const [a, b] = [open('a'), open('b')];
    await a.acquire();
    await expect(time.run(b.acquire({ maxWaitMs: 500 }))).rejects.toMatchObject({
      code: 'LEASE_NOT_ACQUIRED',
      message: 'the lease "job" was not acquired: it was not free within 500 ms',
    });
    expect(time.monotonicMs()).toBe(500);
  });

  it('is first come, first served, also beside one who asks again at once', async () => {
    const { time, open } = house();
    const served: string[] = [];
    const greedy = open('greedy');
    const isOver = new AbortController();
    const work = async (one: ReturnType<typeof open>, holder: string) => {
      await withLease(one.store, 'job', { ...one.options, signal: isOver.signal }, async () => {
        served.push(holder);
        await one.clock.sleep(100);
      });
    };
    const greed = (async () => {
      while (!isOver.signal.aborted) await work(greedy, 'greedy');
    })().catch(() => undefined);
    await time.advance(10);
    const waiting: Promise<void>[] = [];
    for (const holder of ['1', '2', '3', '4', '5']) {
      waiting.push(work(open(holder), holder));
      await time.advance(5);
    }
    const beganMs = time.monotonicMs();
    await time.run(Promise.all(waiting));
    expect(served.slice(0, 6)).toEqual(['greedy', '1', '2', '3', '4', '5']);
    expect(time.monotonicMs() - beganMs).toBeLessThanOrEqual(6 * 150);
    isOver.abort();
    await time.run(greed);
  });

  it('neither polls nor stampedes: a handover is between two, however many wait', async () => {
    const { time, open } = house();
    const all = Array.from({ length: 50 }, (_, at) => open(`${at}`));
    const calls = (name: string) => all.reduce((sum, { process }) => sum + (process.calls[name] ?? 0), 0);
    const first = await (all[0] as (typeof all)[0]).acquire();
    const waiting = all.slice(1).map((one) => one.acquire());
    await time.advance(10);
    // Places are kept, and that is nearly all.
    const asked = calls('compareAndSet') + calls('list') + calls('get') + calls('watch');
    await time.advance(30_000);
    const before = { tries: calls('compareAndSet'), lists: calls('list') };
    expect(calls('touch')).toBeLessThanOrEqual(50 * 31);
    expect(before.tries + before.lists + calls('get') + calls('watch') - asked).toBeLessThanOrEqual(50 * 4);
    await first.release();
    const second = await time.run(waiting[0] as Promise<unknown>);
    expect(second).toBeDefined();
    // One hands over and one takes; one moves up.
    expect(calls('compareAndSet') - before.tries).toBeLessThanOrEqual(4);
    expect(calls('list') - before.lists).toBeLessThanOrEqual(6);
  });

  it('goes on when who is before it dies', async () => {
    const { time, open } = house();
    const [a, b, c] = [open('a'), open('b'), open('c')];
    const lease = await a.acquire();
    void b.acquire();
    await time.advance(10);
    const waiting = c.acquire();
    await time.advance(10);
    b.process.pause();
    await lease.release();
    const beganMs = time.monotonicMs();
    await time.run(waiting);
    expect(time.monotonicMs() - beganMs).toBeLessThanOrEqual(3000 + 750 + 250);
  });

  it('outlasts a store that is away', async () => {
    const { time, open } = house();
    const [a, b] = [open('a'), open('b')];
    const lease = await a.acquire();
    const waiting = b.acquire();
    await time.advance(500);
    b.process.cut();
    await lease.release();
    await time.advance(20_000);
    b.process.heal();
    expect((await time.run(waiting)).holder).toBe('b');
  });

  it('tells when the store cannot be asked in the first place', async () => {
    const { open } = house();
    const a = open('a');
    a.process.cut();
    await expect(a.acquire()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(a.attempt()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('withLease', () => {
  it('works while it has the lease, and lets it go also when the work fails', async () => {
    const { open, shared } = house();
    const a = open('a');
    const seen = await withLease(a.store, 'job', a.options, async (lease) => {
      expect((await shared.get('job'))?.revision).toBe(lease.token);
      return 'done';
    });
    expect(seen).toBe('done');
    const broken = new Error('broken');
    await expect(withLease(a.store, 'job', a.options, () => Promise.reject(broken))).rejects.toBe(broken);
    expect(await shared.get('job')).toBeUndefined();
  });

  it('does not begin with a lease of which it was told too late', async () => {
    const { time, open } = house();
    const a = open('a');
    const { compareAndSet } = a.store;
    a.store.compareAndSet = async (...asked) => {
      const result = await compareAndSet(...asked);
      await a.clock.sleep(3000);
      return result as never;
    };
    let hasBegun = false;
    const working = withLease(a.store, 'job', a.options, () => {
      hasBegun = true;
    });
    await expect(time.run(working)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(hasBegun).toBe(false);
  });

  it('does not pass for done what was done without it', async () => {
    const { time, open } = house();
    const a = open('a');
    const working = withLease(a.store, 'job', a.options, () => {
      a.process.cut();
      return a.clock.sleep(5000);
    });
    await expect(time.run(working)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
});

describe('what cannot be leased is refused', () => {
  it.each([
    [{ ttlMs: 99 }, 'ttlMs of the lease job must be a whole number from 100'],
    [{ ttlMs: 1000, marginMs: 501 }, 'marginMs of the lease job must be a number from 0 to 500; got 501'],
    [{ ttlMs: 1000, maxWaitMs: -1 }, 'maxWaitMs of the lease job must be a number from 0'],
    [{ ttlMs: 1000, holder: '' }, 'holder of the lease job must be a text that is not empty'],
  ])('%o', async (options, message) => {
    await expect(acquireLease(memoryStore(), 'job', options)).rejects.toThrow(message);
  });

  it('a key that leaves no room for a line', async () => {
    const store = memoryStore();
    expect(await tryAcquireLease(store, 'x'.repeat(479), { ttlMs: 1000 })).toBeDefined();
    const refusal = tryAcquireLease(store, 'x'.repeat(480), { ttlMs: 1000 });
    await expect(refusal).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('a key under which something else is stored', async () => {
    const store = memoryStore();
    await store.set('job', { state: 'open' });
    await expect(acquireLease(store, 'job', { ttlMs: 1000 })).rejects.toMatchObject({
      code: 'LEASE_NOT_ACQUIRED',
      message: 'the lease "job" was not acquired: what is stored there is no lease',
    });
  });
});
