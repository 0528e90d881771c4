import {
  breakerState,
  exponential,
  forceClosed,
  isolate,
  ramp,
  rateLimited,
  resetBreaker,
} from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../memory/index.ts';
import { Cluster, type Instance } from './cluster.fixture.ts';
import { sharedBreaker } from './index.ts';

/** Two of three have opened, and so have all. */
async function openCluster(cluster = new Cluster(), count = 3): Promise<readonly Instance[]> {
  const instances = await cluster.start(count);
  for (const one of instances.slice(0, Math.floor(count / 2) + 1)) await one.trip();
  await cluster.time.advance(0);
  return instances;
}

/** Each asks for a call now and then, until one is let through. */
async function nextProbe(cluster: Cluster, among: readonly Instance[] = cluster.instances) {
  for (let passedMs = 0; passedMs < 60_000; passedMs += 20) {
    for (const prober of among) {
      const call = prober.begin();
      if (call.admitted()) return { prober, ...call };
    }
    await cluster.time.advance(20);
  }
  throw new Error('nobody probes');
}

describe('opening', () => {
  it('is local, at once, and asks the store nothing', async () => {
    const cluster = new Cluster();
    const [one] = (await cluster.start(3)) as [Instance];
    const asked = { ...one.process.calls };
    await one.trip();
    expect(one.state).toBe('open');
    expect(await one.succeed()).toBe('CIRCUIT_OPEN');
    // The vote comes after.
    expect({ ...one.process.calls, set: 0 }).toEqual({ ...asked, set: 0 });
  });

  it('Polly#215: one bad node poisoned all', async () => {
    const cluster = new Cluster();
    const [sick, ...others] = await cluster.start(5);
    for (let turn = 0; turn < 20; turn++) {
      await sick?.trip();
      await cluster.time.advance(1000);
      for (const other of others) expect(await other.succeed()).toBe('answer');
    }
    expect(cluster.states).toEqual(['open', 'closed', 'closed', 'closed', 'closed']);
    expect(others[0]?.breaker.cluster()).toMatchObject({
      votes: ['i0'],
      votesNeeded: 3,
      decision: undefined,
    });
  });

  it('of a quorum opens all, for as long', async () => {
    const cluster = new Cluster({ openMs: 5000 });
    const instances = await cluster.start(5);
    for (const one of instances.slice(0, 2)) await one.trip();
    await cluster.time.advance(1000);
    expect(cluster.states).toEqual(['open', 'open', 'closed', 'closed', 'closed']);
    await instances[2]?.trip();
    await cluster.time.advance(0);
    expect(cluster.states).toEqual(Array.from({ length: 5 }, () => 'open'));
    const waits = instances
      .map(({ breaker }) => breakerState(breaker))
      .map((state) => 'retryAfterMs' in state && state.retryAfterMs);
    expect(new Set(waits)).toEqual(new Set([waits[0]]));
    expect(instances[4]?.changes).toEqual(['closed → open: restored']);
    expect(instances[4]?.breaker.cluster().decision).toMatchObject({
      state: 'open',
      votes: ['i0', 'i1', 'i2'],
    });
  });

  it('of any opens all, where one is a quorum', async () => {
    const cluster = new Cluster({ quorum: 1 });
    const [one] = await cluster.start(4);
    await one?.trip();
    await cluster.time.advance(0);
    expect(new Set(cluster.states)).toEqual(new Set(['open']));
  });

  it('of one that has died is forgotten', async () => {
    const cluster = new Cluster({ instanceTtlMs: 3000, openMs: 600_000, quorum: 2 });
    const [one, two] = (await cluster.start(4)) as [Instance, Instance];
    await one.trip();
    await cluster.time.advance(10);
    one.process.pause();
    await cluster.time.advance(5000);
    expect(two.breaker.cluster()).toMatchObject({ votes: [], instances: ['i1', 'i2', 'i3'] });
    await two.trip();
    await cluster.time.advance(10);
    expect(cluster.states.slice(1)).toEqual(['open', 'closed', 'closed']);
  });

  it('from before a closing does not count after it', async () => {
    const cluster = new Cluster({ quorum: 2, openMs: 1000 });
    const [one, two, three, four] = (await openCluster(cluster, 4)) as [
      Instance,
      Instance,
      Instance,
      Instance,
    ];
    expect(new Set(cluster.states)).toEqual(new Set(['open']));
    // One that has voted, and is cut off before the others close, brings its old vote back.
    two.process.cut();
    await cluster.time.advance(1000);
    await (await nextProbe(cluster, [three])).succeed();
    await cluster.time.advance(10);
    expect([one.state, three.state, four.state]).toEqual(['closed', 'closed', 'closed']);
    two.process.heal();
    await cluster.time.advance(10_000);
    await one.trip();
    await cluster.time.advance(10);
    expect([one.state, three.state, four.state]).toEqual(['open', 'closed', 'closed']);
  });

  it('that was decided while the decider closed by itself opened all but the decider, who could have closed them', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const cluster = new Cluster({ quorum: 1, openMs: 200, consecutive: 1 }, seed);
      const [one, two] = (await cluster.start(2, { latencyMs: 100 })) as [Instance, Instance];
      await one.fail();
      await cluster.time.advance(200);
      await one.succeed();
      await cluster.time.advance(400);
      // Closed by itself before it was to be written down, or open with all.
      expect(one.state).toBe(two.state);
      if (one.state === 'closed') continue;
      await (await nextProbe(cluster, [one])).succeed();
      await cluster.time.advance(400);
      expect([one.state, two.state]).toEqual(['closed', 'closed']);
    }
  });

  it('waits as long everywhere, however wrong the wall clocks are', async () => {
    const cluster = new Cluster({ quorum: 1, openMs: 10_000 });
    const [one] = (await cluster.start(1)) as [Instance];
    for (const skewMs of [-3_600_000, 3_600_000]) await cluster.start(1, { skewMs });
    await one.trip();
    await cluster.time.advance(5000);
    for (const { breaker } of cluster.instances) {
      expect(breakerState(breaker)).toMatchObject({ state: 'open', retryAfterMs: 5000 });
    }
    // Who comes later goes by the wall clock, but waits no longer than was decided.
    const [late] = (await cluster.start(1, { skewMs: -3_600_000 })) as [Instance];
    expect(breakerState(late.breaker)).toMatchObject({ state: 'open', retryAfterMs: 9500 });
  });
});

describe('probing', () => {
  it('Polly#216, opossum#119: a stampede of all instances when the wait was over', async () => {
    const cluster = new Cluster();
    await openCluster(cluster, 9);
    await cluster.time.advance(1000);
    const calls: { admitted(): boolean }[] = [];
    for (let turn = 0; turn < 50; turn++) {
      for (const one of cluster.instances) calls.push(one.begin(), one.begin());
      await cluster.time.advance(10);
    }
    expect(calls.filter((call) => call.admitted())).toHaveLength(1);
    expect(cluster.states.filter((state) => state === 'half-open')).toHaveLength(1);
    expect(cluster.instances.filter(({ breaker }) => breaker.cluster().isProbing)).toHaveLength(1);
  });

  it('that succeeds closes all, by their ramp', async () => {
    const cluster = new Cluster({ ramp: ramp({ durationMs: 1000 }) });
    await openCluster(cluster);
    await cluster.time.advance(1000);
    await (await nextProbe(cluster)).succeed();
    await cluster.time.advance(0);
    expect(new Set(cluster.states)).toEqual(new Set(['recovering']));
    await cluster.time.advance(1000);
    for (const one of cluster.instances) expect(await one.succeed()).toBe('answer');
    expect(new Set(cluster.states)).toEqual(new Set(['closed']));
  });

  it('that fails opens all again, for longer, whoever probes', async () => {
    const openMs = exponential({ baseMs: 1000, jitter: 'none' });
    const cluster = new Cluster({ openMs });
    await openCluster(cluster);
    let expectedMs = 1000;
    for (let turn = 0; turn < 4; turn++) {
      await cluster.time.advance(expectedMs);
      const among = cluster.instances.slice(turn % 3, (turn % 3) + 1);
      await (await nextProbe(cluster, among)).fail();
      await cluster.time.advance(0);
      expectedMs *= 2;
      for (const { breaker } of cluster.instances) {
        expect(breakerState(breaker)).toMatchObject({ state: 'open', retryAfterMs: expectedMs });
      }
    }
  });

  it('goes to another when the one that probes dies', async () => {
    const cluster = new Cluster({ probeTtlMs: 1000 });
    await openCluster(cluster);
    await cluster.time.advance(1000);
    const { prober } = await nextProbe(cluster);
    prober.process.pause();
    const diedMs = cluster.time.monotonicMs();
    const others = cluster.instances.filter((one) => one !== prober);
    await (await nextProbe(cluster, others)).succeed();
    expect(cluster.time.monotonicMs() - diedMs).toBeLessThanOrEqual(1000 + 250 + 250 + 100);
    await cluster.time.advance(0);
    expect(others.map(({ state }) => state)).toEqual(['closed', 'closed']);
    // It wakes up, and what its probe says is too late.
    prober.process.resume();
    await cluster.time.advance(5000);
    expect(prober.state).toBe('closed');
  });

  it('goes to another when the one whose turn it is has no calls, or one that never ends', async () => {
    const cluster = new Cluster({ probeTtlMs: 1000, probeDeadlineMs: 3000 });
    const [one, two, three] = (await openCluster(cluster)) as [Instance, Instance, Instance];
    await cluster.time.advance(1000);
    one.begin(); // asks for the turn, and never comes again
    await cluster.time.advance(100);
    expect(one.breaker.cluster().isProbing).toBe(true);
    const second = await nextProbe(cluster, [two]);
    expect(second.admitted()).toBe(true);
    // Its probe hangs, and no other call of it comes to notice.
    const beganMs = cluster.time.monotonicMs();
    const third = await nextProbe(cluster, [three]);
    expect(cluster.time.monotonicMs() - beganMs).toBeLessThanOrEqual(1000 + 3000 + 500);
    await third.succeed();
    await cluster.time.advance(10);
    expect(new Set(cluster.states)).toEqual(new Set(['closed']));
  });

  it('of an instance that opened alone is its own', async () => {
    const cluster = new Cluster();
    const [one, two] = (await cluster.start(5)) as [Instance, Instance];
    await one.trip();
    await cluster.time.advance(1000);
    expect(await one.succeed()).toBe('answer');
    await cluster.time.advance(0);
    expect(one.state).toBe('closed');
    expect(two.breaker.cluster()).toMatchObject({ votes: [], decision: undefined });
  });

  it('resilience4j#935: a cancelled probe gives its place back, and the turn is kept', async () => {
    const cluster = new Cluster();
    await openCluster(cluster);
    await cluster.time.advance(1000);
    const { prober } = await nextProbe(cluster);
    expect(prober.begin().admitted()).toBe(false);
    expect(prober.state).toBe('half-open');
  });
});

describe('without the store', () => {
  it('bolshakov/stoplight#448: the breaker lost its function when Redis went down', async () => {
    const cluster = new Cluster();
    const [one] = (await cluster.start(3)) as [Instance];
    one.process.cut();
    await one.trip();
    expect(await one.succeed()).toBe('CIRCUIT_OPEN');
    await cluster.time.advance(1000);
    expect(one.said).toEqual(['together', 'alone']);
    expect(one.breaker.cluster().state).toBe('alone');
    // Its own wait, its own probe.
    expect(await one.succeed()).toBe('answer');
    expect(one.state).toBe('closed');
  });

  it('a breaker whose store was never there is a breaker', async () => {
    const cluster = new Cluster();
    const one = cluster.open('one');
    one.process.cut();
    expect(await one.succeed()).toBe('answer');
    await one.trip();
    expect(await one.succeed()).toBe('CIRCUIT_OPEN');
    await cluster.time.advance(1000);
    expect(await one.succeed()).toBe('answer');
    expect(one.said).toEqual(['alone']);
  });

  it('gobreaker: calls waited for Redis, and failed of it', async () => {
    const cluster = new Cluster();
    const [one] = (await cluster.start(3)) as [Instance];
    // It takes requests, and never answers.
    const never = new Promise<never>(() => undefined);
    Object.assign(one.process.store, {
      set: () => never,
      touch: () => never,
      get: () => never,
      compareAndSet: () => never,
    });
    const beganMs = cluster.time.monotonicMs();
    await one.trip();
    expect(await one.succeed()).toBe('CIRCUIT_OPEN');
    expect(cluster.time.monotonicMs()).toBe(beganMs);
    await cluster.time.advance(2000);
    expect(one.said.at(-1)).toBe('alone');
    expect(await one.succeed()).toBe('answer');
  });

  it('all is caught up on when it is back: what it votes, and what was decided', async () => {
    const cluster = new Cluster({ openMs: 600_000, quorum: 2 });
    const [one, two, three] = (await cluster.start(3)) as [Instance, Instance, Instance];
    one.process.cut();
    await one.trip();
    await two.trip();
    await cluster.time.advance(5000);
    expect(cluster.states).toEqual(['open', 'open', 'closed']);
    three.process.cut();
    await cluster.time.advance(5000);
    one.process.heal();
    await cluster.time.advance(5000);
    expect(two.breaker.cluster().decision).toMatchObject({ state: 'open' });
    expect(three.state).toBe('closed');
    three.process.heal();
    await cluster.time.advance(5000);
    expect(cluster.states).toEqual(['open', 'open', 'open']);
    expect([one.said, three.said]).toEqual([
      ['together', 'alone', 'together'],
      ['together', 'alone', 'together'],
    ]);
  });

  it('what had come and gone while it began to watch is not there for ever', async () => {
    const cluster = new Cluster();
    const [one] = (await openCluster(cluster)) as [Instance];
    const late = cluster.open('late');
    const { list } = late.process.store;
    const brief = { isolated: 'isolated/brief', member: 'members/brief', probe: 'probe' };
    const ofBreaker = Object.values(brief).map((key) => `breaker/llm/${key}`);
    late.process.store.list = async (...asked) => {
      late.process.store.list = list;
      for (const key of ofBreaker) await cluster.shared.set(key, { vote: null, by: 'ada', sinceWallMs: 0 });
      const page = await list(...asked);
      for (const key of ofBreaker) await cluster.shared.delete(key);
      return page as never;
    };
    await cluster.time.advance(5000);
    expect(late.breaker.cluster()).toMatchObject({ state: 'together', isolatedBy: [] });
    expect(late.breaker.cluster().instances.toSorted()).toEqual(['i0', 'i1', 'i2', 'late']);
    await (await nextProbe(cluster, [late])).succeed();
    await cluster.time.advance(10);
    expect([one.state, late.state]).toEqual(['closed', 'closed']);
  });

  it('who opened before it first came to know the others is not closed by what they had decided long ago', async () => {
    const cluster = new Cluster({ openMs: 600_000 });
    const [one, two] = (await openCluster(cluster, 2)) as [Instance, Instance];
    await cluster.time.advance(600_000);
    await (await nextProbe(cluster, [one])).succeed();
    await cluster.time.advance(10);
    expect([one.state, two.state]).toEqual(['closed', 'closed']);
    const late = cluster.open('late');
    late.process.cut();
    await late.trip();
    late.process.heal();
    await cluster.time.advance(5000);
    expect(late.state).toBe('open');
    expect(one.breaker.cluster()).toMatchObject({ state: 'together', votes: ['late'] });
    await one.trip();
    await cluster.time.advance(10);
    expect(cluster.states).toEqual(['open', 'open', 'open']);
  });

  it('what was lost by the store is no word on the dependency', async () => {
    const cluster = new Cluster({ openMs: 600_000 });
    await openCluster(cluster);
    for (const { key } of (await cluster.shared.list('')).entries) await cluster.shared.delete(key);
    await cluster.time.advance(20_000);
    expect(cluster.states).toEqual(['open', 'open', 'open']);
    expect(cluster.instances[0]?.breaker.cluster().instances).toHaveLength(3);
  });
});

describe('by hand', () => {
  it('isolateAll isolates all, those to come included, until it is released', async () => {
    const cluster = new Cluster();
    const [one, two] = (await cluster.start(3)) as [Instance, Instance];
    const release = await one.breaker.isolateAll('ada, for the migration');
    await cluster.start(1);
    expect(cluster.states).toEqual(['isolated', 'isolated', 'isolated', 'isolated']);
    const sinceWallMs = cluster.time.wallMs() - 500;
    expect(two.breaker.cluster().isolatedBy).toEqual([{ by: 'ada, for the migration', sinceWallMs }]);
    const other = await two.breaker.isolateAll('grace');
    await release();
    await release();
    await cluster.time.advance(0);
    expect(new Set(cluster.states)).toEqual(new Set(['isolated']));
    await other();
    await cluster.time.advance(0);
    expect(new Set(cluster.states)).toEqual(new Set(['closed']));
  });

  it('isolateAll outlives who asked for it, and anybody can end it', async () => {
    const cluster = new Cluster();
    const [one, two] = (await cluster.start(3)) as [Instance, Instance];
    await one.breaker.isolateAll('ada');
    one.process.pause();
    await cluster.time.advance(600_000);
    expect(two.state).toBe('isolated');
    await two.breaker.releaseAll();
    await cluster.time.advance(0);
    expect(cluster.states.slice(1)).toEqual(['closed', 'closed']);
  });

  it('isolateAll holds also for who cannot read what is written of it', async () => {
    const cluster = new Cluster();
    const [one] = (await cluster.start(1)) as [Instance];
    await one.breaker.isolateAll('ada');
    const late = cluster.open('late');
    const { list } = late.process.store;
    late.process.store.list = async (...asked) => {
      const { entries, ...page } = await list(...asked);
      const isDamaged = ({ key }: { key: string }) => key.includes('/isolated/');
      const corrupted = entries.filter(isDamaged).map(({ key }) => key);
      return { ...page, entries: entries.filter((entry) => !isDamaged(entry)), corrupted } as never;
    };
    await cluster.time.advance(20_000);
    expect(late.state).toBe('isolated');
    await late.breaker.releaseAll();
    await cluster.time.advance(0);
    expect(cluster.states).toEqual(['closed', 'closed']);
  });

  it('isolateAll says when the store cannot be told', async () => {
    const cluster = new Cluster();
    const [one] = (await cluster.start(1)) as [Instance];
    one.process.cut();
    await expect(one.breaker.isolateAll('ada')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(one.state).toBe('closed');
  });

  it('what is held here is held here only, and wins over the others', async () => {
    const cluster = new Cluster({ openMs: 600_000 });
    const [one, two, three] = (await cluster.start(3)) as [Instance, Instance, Instance];
    const releases = [isolate(three.breaker), forceClosed(one.breaker)];
    await cluster.time.advance(10);
    expect(cluster.states).toEqual(['forced-closed', 'closed', 'isolated']);
    await one.trip();
    await two.trip();
    releases[1]?.();
    await one.trip();
    await cluster.time.advance(10);
    expect(cluster.states).toEqual(['open', 'open', 'isolated']);
    // Released, it follows the others.
    releases[0]?.();
    await cluster.time.advance(10);
    expect(cluster.states).toEqual(['open', 'open', 'open']);
  });

  it('what is reset here stays closed until the others decide anew', async () => {
    const cluster = new Cluster({ openMs: 5000 });
    const [one, two] = (await openCluster(cluster)) as [Instance, Instance];
    resetBreaker(one.breaker);
    await cluster.time.advance(4000);
    expect(await one.succeed()).toBe('answer');
    await cluster.time.advance(1000);
    await (await nextProbe(cluster, [two])).fail();
    await cluster.time.advance(0);
    expect(new Set(cluster.states)).toEqual(new Set(['open']));
  });

  it('a limit that the service has told is kept, and after it the others are followed', async () => {
    const cluster = new Cluster({ openMs: 5000 });
    const [one, two, three] = (await cluster.start(3)) as [Instance, Instance, Instance];
    rateLimited(1000)(three.breaker);
    await one.trip();
    await two.trip();
    await cluster.time.advance(10);
    expect(cluster.states).toEqual(['open', 'open', 'rate-limited']);
    await cluster.time.advance(1000);
    await three.succeed();
    expect(three.state).toBe('open');
  });
});

describe('a shared breaker', () => {
  it('that is closed leaves no timer and no vote, and goes on alone', async () => {
    const cluster = new Cluster();
    const [one] = (await openCluster(cluster)) as [Instance];
    await cluster.close();
    await cluster.close();
    expect((await cluster.shared.list('')).entries.map(({ key }) => key)).toEqual(['breaker/llm/decision']);
    await cluster.time.advance(5000);
    expect(cluster.time.waitingTimers).toBe(0);
    expect(await one.succeed()).toBe('answer');
    expect(one.state).toBe('closed');
  });

  it('that is closed at any moment leaves nothing in the store', async () => {
    for (let closedMs = 0; closedMs < 200; closedMs += 5) {
      const cluster = new Cluster({}, closedMs);
      const one = cluster.open('one', { latencyMs: 50 });
      await cluster.time.advance(closedMs);
      await cluster.time.run(one.breaker.close());
      await cluster.time.advance(1000);
      expect((await cluster.shared.list('')).entries, `closed after ${closedMs} ms`).toEqual([]);
      await cluster.time.advance(10_000);
      expect(cluster.time.waitingTimers).toBe(0);
    }
  });

  it('that is closed while it gets the turn to probe gives it back', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const cluster = new Cluster({ quorum: 1 });
      const [one] = (await cluster.start(1)) as [Instance];
      await one.trip();
      await cluster.time.advance(1000);
      await one.succeed();
      const { get } = one.process.store;
      one.process.store.get = async (key) => {
        const decision = await get(key);
        void (async () => {
          for (let turn = 0; turn < turns; turn++) await undefined;
          await one.breaker.close();
        })();
        return decision as never;
      };
      await cluster.time.advance(60);
      const left = (await cluster.shared.list('')).entries.map(({ key }) => key);
      expect(left, `${turns} turns`).toEqual(['breaker/llm/decision']);
    }
  });

  it('that is closed while it probes does not wait for a store that never answers', async () => {
    const cluster = new Cluster({ storeTimeoutMs: 500 });
    await openCluster(cluster);
    await cluster.time.advance(1000);
    const { prober } = await nextProbe(cluster);
    const never = () => new Promise<never>(() => undefined);
    const { store } = prober.process;
    Object.assign(store, { get: never, list: never, delete: never, compareAndSet: never, touch: never });
    const beganMs = cluster.time.monotonicMs();
    await cluster.time.run(prober.breaker.close(), 60_000);
    expect(cluster.time.monotonicMs() - beganMs).toBeLessThanOrEqual(1000);
  });

  it('that is closed does not take away the place of who came after it under its name', async () => {
    const cluster = new Cluster();
    const [one] = (await cluster.start(2)) as [Instance, Instance];
    const next = cluster.open('i0');
    await cluster.time.advance(10);
    await one.breaker.close();
    await cluster.time.advance(10);
    expect(next.breaker.cluster().instances).toContain('i0');
    expect((await cluster.shared.list('breaker/llm/members/')).entries).toHaveLength(2);
  });

  it('shares nothing with one of another name', async () => {
    const store = memoryStore();
    const names = ['llm', 'llm/members', 'llm%2Fmembers'];
    const breakers = names.map((name) => sharedBreaker({ name, store, instance: 'one' }));
    while (breakers.some((one) => one.cluster().state === 'alone')) await store.get('turn');
    expect((await store.list('')).entries.map(({ key }) => key).sort()).toEqual([
      'breaker/llm%252Fmembers/members/one',
      'breaker/llm%2Fmembers/members/one',
      'breaker/llm/members/one',
    ]);
    await Promise.all(breakers.map((one) => one.close()));
  });

  it('takes no harm from what others have written among its things', async () => {
    const cluster = new Cluster({ quorum: 1 });
    const { shared } = cluster;
    await shared.set('breaker/llm/decision', { state: 'open', waitMs: 'for ever' });
    await shared.set('breaker/llm/members/i9', 'no member');
    await shared.set('breaker/llm/elsewhere', 1);
    const [one, two] = (await cluster.start(2)) as [Instance, Instance];
    await one.trip();
    await cluster.time.advance(0);
    expect(two.state).toBe('open');
  });

  it.each([
    [{ name: '' }, 'name of the shared breaker  must be a text that is not empty'],
    [{ quorum: 0 }, 'quorum of the shared breaker llm must be a number above 0'],
    [{ quorum: 1.5 }, 'quorum of the shared breaker llm must be a whole number of 1 or more; got 1.5'],
    [{ instance: '' }, 'instance of the shared breaker llm must be a text that is not empty'],
    [{ instanceTtlMs: 299 }, 'instanceTtlMs of the shared breaker llm must be a whole number from 300'],
    [{ probeTtlMs: 99 }, 'probeTtlMs of the shared breaker llm must be a whole number from 100'],
    [{ storeTimeoutMs: 0 }, 'storeTimeoutMs of the shared breaker llm must be a whole number from 1'],
    [{ consecutive: 0 }, 'consecutive of the breaker llm must be a whole number of 1 or more; got 0'],
    [{ name: 'x'.repeat(500) }, 'cannot be a key'],
  ])('refuses %o', (options, message) => {
    expect(() => sharedBreaker({ name: 'llm', store: memoryStore(), ...options })).toThrow(message);
  });
});
