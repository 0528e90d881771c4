import { breaker, bulkhead, SimulatedClock, timeout, timeoutFaults, turnFaults } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import type { Backend, Subscriber } from './backend.ts';
import { ABSENT, type Change, type Watch } from './contract.ts';
import { createStore } from './create-store.ts';
import { encodeEntry } from './entry-text.ts';
import { MemoryBackend } from './memory/index.ts';
import { storeFaults } from './store-faults.ts';

const PLAIN = { expected: undefined, ttlMs: undefined, operationId: undefined, guard: undefined };

/** A memory backend that can be cut off, hang, and lose what it would tell. */
class BreakableBackend extends MemoryBackend implements Backend {
  state: 'fine' | 'cut-off' | 'hanging' = 'fine';
  isDeaf = false;
  readonly subscribers = new Set<Subscriber>();

  override get(key: string) {
    return this.#answer(() => super.get(key));
  }

  override write(write: Parameters<Backend['write']>[0]) {
    return this.#answer(() => super.write(write));
  }

  /** By a process that is not cut off. */
  writtenByAnother(key: string, value: unknown) {
    const text = encodeEntry(key, JSON.stringify(value));
    return super.write({ ...PLAIN, key, text });
  }

  override list(...args: Parameters<MemoryBackend['list']>) {
    return this.#answer(() => super.list(...args));
  }

  override async subscribe(subscriber: Subscriber) {
    this.subscribers.add(subscriber);
    const stop = await super.subscribe({
      changed: (key, ttlMs) => this.isDeaf || subscriber.changed(key, ttlMs),
      missed: () => subscriber.missed(),
    });
    return () => {
      this.subscribers.delete(subscriber);
      stop();
    };
  }

  async #answer<T>(work: () => Promise<T>): Promise<T> {
    if (this.state === 'hanging') return new Promise(() => undefined);
    if (this.state === 'cut-off') throw storeFaults.STORE_UNAVAILABLE({ store: 'memory', reason: 'cut off' });
    return work();
  }
}

describe('policies', () => {
  function behindPolicies() {
    const clock = new SimulatedClock();
    const backend = new BreakableBackend(clock);
    const isFailure = (error: unknown) => (error as { code?: unknown }).code === 'TIMED_OUT';
    const policies = [
      bulkhead({ name: 'few', limit: 2 }),
      breaker({ name: 'spare', consecutive: 3, openMs: 1000, isFailure }),
      timeout(50),
    ];
    return { clock, backend, store: createStore(backend, { clock, name: 'mine' }, policies) };
  }

  it('time out a read as unavailable, and a write as of unknown outcome', async () => {
    const { clock, backend, store } = behindPolicies();
    backend.state = 'hanging';
    const read = store.get('a').catch((error: unknown) => error);
    const write = store.set('a', 1).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await read).toMatchObject({ code: 'STORE_UNAVAILABLE', context: { store: 'mine' } });
    expect(await write).toMatchObject({ code: 'OUTCOME_UNKNOWN', context: { store: 'mine', key: 'a' } });
    expect(storeFaults.STORE_UNAVAILABLE.matches(await write)).toBe(true);
  });

  it('refuse what has certainly not been sent as unavailable', async () => {
    const { clock, backend, store } = behindPolicies();
    backend.state = 'hanging';
    const stuck = [store.set('a', 1), store.set('b', 1)].map((one) => one.catch(() => undefined));
    await expect(store.set('c', 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await clock.advance(50);
    await Promise.all(stuck);
    const third = store.set('c', 1).catch(() => undefined);
    await clock.advance(50);
    await third;
    await expect(store.set('d', 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    backend.state = 'fine';
    await clock.advance(1000);
    expect(await store.set('d', 1)).toBeGreaterThan(0);
  });

  it('leave what the store itself says as it is', async () => {
    const { store } = behindPolicies();
    await expect(store.set('', 1)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(store.set('a', 1, { guard: { key: 'b', revision: 1 } })).rejects.toMatchObject({
      code: 'GUARD_LOST',
    });
  });

  it('make a signal for a backend that heeds it only', async () => {
    const { clock, backend } = behindPolicies();
    const given: unknown[] = [];
    const get = async (_key: string, signal?: AbortSignal) => void given.push(signal);
    for (const ignoresSignals of [true, false]) {
      await createStore(Object.assign(backend, { get, ignoresSignals }), { clock }, [timeout(50)]).get('a');
    }
    expect(given).toEqual([undefined, expect.any(AbortSignal)]);
  });

  it('answer the caller’s abort with its reason', async () => {
    const { clock, backend, store } = behindPolicies();
    backend.state = 'hanging';
    const controller = new AbortController();
    const write = store.set('a', 1, { signal: controller.signal }).catch((error: unknown) => error);
    await clock.advance(10);
    controller.abort(new Error('no longer'));
    expect(await write).toEqual(new Error('no longer'));
  });

  it('answer the caller’s abort with its reason, also when that is a policy’s of the caller', async () => {
    const { clock, backend, store } = behindPolicies();
    backend.state = 'hanging';
    for (const reason of [
      timeoutFaults.TIMED_OUT({ pipeline: 'turn', timeoutMs: 10 }),
      turnFaults.TURN_DEADLINE({ pipeline: 'turn', totalMs: 10, stage: 'llm' } as never),
    ]) {
      const controller = new AbortController();
      const write = store.set('a', 1, { signal: controller.signal }).catch((error: unknown) => error);
      await clock.advance(10);
      controller.abort(reason);
      expect(await write).toBe(reason);
    }
  });
});

it('a write with the id of a deletion that found nothing was acknowledged, without a revision', async () => {
  const store = createStore(new MemoryBackend(new SimulatedClock()));
  const once = { operationId: 'once' };
  expect(await store.delete('a', once)).toBe(false);
  for (const write of [() => store.set('a', 1, once), () => store.compareAndSet('a', ABSENT, 1, once)]) {
    await expect(write()).rejects.toMatchObject({ code: 'STORE_REQUEST_INVALID' });
  }
  expect(await store.get('a')).toBeUndefined();
});

it('a deletion of what is absent is checked like every other', async () => {
  const store = createStore(new MemoryBackend(new SimulatedClock()));
  const guard = { key: 'nobody', revision: 1 };
  await expect(store.delete('', { revision: ABSENT })).rejects.toMatchObject({ code: 'KEY_INVALID' });
  await expect(store.delete('a', { revision: ABSENT, guard })).rejects.toMatchObject({ code: 'GUARD_LOST' });
  await store.close();
  await expect(store.delete('a', { revision: ABSENT })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
});

describe('a watch', () => {
  async function watched() {
    const clock = new SimulatedClock();
    const backend = new BreakableBackend(clock);
    const store = createStore(backend, { clock });
    const told: Change[] = [];
    const read = async (watch: Watch) => {
      for await (const change of watch) told.push(change);
    };
    return { clock, backend, store, told, read };
  }

  it('that has missed something looks everywhere, and tells what differs', async () => {
    const { clock, backend, store, told, read } = await watched();
    for (const key of ['a', 'b', 'c']) await store.set(key, 1);
    const watch = await store.watch('');
    const reading = read(watch);
    backend.isDeaf = true;
    await store.set('a', 2);
    await store.delete('b');
    await store.set('d', 1);
    await clock.advance(10_000);
    expect(told).toEqual([]);
    for (const subscriber of backend.subscribers) subscriber.missed();
    await clock.advance(1);
    expect(told.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['set a', 'set d', 'deleted b']);
    await watch.close();
    await reading;
  });

  it('waits while the store is away, and then tells what has become of it', async () => {
    const { clock, backend, store, told, read } = await watched();
    const watch = await store.watch('');
    const reading = read(watch);
    backend.state = 'cut-off';
    await backend.writtenByAnother('a', 1);
    await clock.advance(5000);
    expect(told).toEqual([]);
    backend.state = 'fine';
    await backend.writtenByAnother('a', 2);
    await clock.advance(1000);
    expect(told).toMatchObject([{ kind: 'set', key: 'a', value: 2 }]);
    await watch.close();
    await reading;
  });

  it('of which nobody reads keeps no values, and then tells the last state of each key', async () => {
    const { store, told, read, clock } = await watched();
    const watch = await store.watch('');
    for (let at = 0; at < 1000; at++) await store.set(`key/${at % 3}`, at);
    const reading = read(watch);
    await clock.advance(1);
    expect(told).toMatchObject([{ value: 999 }, { value: 997 }, { value: 998 }]);
    await watch.close();
    await reading;
  });

  it('tells expiry of what was touched when it comes, not when it would have come', async () => {
    const { store, told, read, clock } = await watched();
    const watch = await store.watch('');
    const reading = read(watch);
    const revision = await store.set('a', 1, { ttlMs: 1000 });
    await clock.advance(900);
    await store.touch('a', revision, 1000);
    await clock.advance(999);
    expect(told.map(({ kind }) => kind)).toEqual(['set']);
    await clock.advance(1 + 250 + 250);
    expect(told.map(({ kind }) => kind)).toEqual(['set', 'deleted']);
    await watch.close();
    await reading;
  });

  it('leaves nothing behind: no listener, no timer, no subscription', async () => {
    const { backend, store, clock } = await watched();
    const controller = new AbortController();
    for (let at = 0; at < 20; at++) {
      const watch = await store.watch('', { signal: controller.signal });
      await store.set('a', at, { ttlMs: 5000 });
      if (at % 2 === 0) await watch.close();
      else for await (const _change of watch) break;
    }
    expect(backend.subscribers.size).toBe(0);
    expect(clock.waitingTimers).toBe(0);
  });

  it('that was aborted before it could begin rejects at once with the reason, and leaves nothing behind', async () => {
    for (const hangs of ['subscribe', 'list'] as const) {
      const { backend, store, clock } = await watched();
      const goOn = Promise.withResolvers<void>();
      const { subscribe } = backend;
      if (hangs === 'subscribe') {
        backend.subscribe = async (subscriber) => {
          await goOn.promise;
          return subscribe.call(backend, subscriber);
        };
      } else {
        backend.list = async () => {
          await goOn.promise;
          throw storeFaults.STORE_UNAVAILABLE({ store: 'memory', reason: 'cut off' });
        };
      }
      const controller = new AbortController();
      const watching = store.watch('', { signal: controller.signal }).catch((error: unknown) => error);
      await clock.advance(1);
      controller.abort(new Error('no longer'));
      let answer: unknown;
      void watching.then((error) => (answer = error));
      await clock.advance(1);
      expect(answer).toEqual(new Error('no longer'));
      goOn.resolve();
      await clock.advance(1);
      expect(backend.subscribers.size).toBe(0);
    }
  });

  it('whose store is closed before it could begin rejects, and leaves no subscription', async () => {
    const { backend, store, clock } = await watched();
    const goOn = Promise.withResolvers<void>();
    const { subscribe } = backend;
    backend.subscribe = async (subscriber) => {
      await goOn.promise;
      return subscribe.call(backend, subscriber);
    };
    const watching = store.watch('').catch((error: unknown) => error);
    await clock.advance(1);
    await store.close();
    goOn.resolve();
    expect(await watching).toMatchObject({ code: 'STORE_CLOSED' });
    expect(backend.subscribers.size).toBe(0);
  });

  it('tells that what it has only seen corrupted is deleted', async () => {
    const { backend, store, told, read, clock } = await watched();
    const reading = read(await store.watch(''));
    await backend.write({ ...PLAIN, key: 'a', text: 'rubbish' });
    await clock.advance(1);
    await store.delete('a');
    await clock.advance(1);
    const toldOfA = told.filter(({ key }) => key === 'a').map(({ kind }) => kind);
    expect(toldOfA).toEqual(['corrupted', 'deleted']);
    await store.close();
    await reading;
  });

  it('that cannot begin rejects, and is not left half-open', async () => {
    const { backend, store } = await watched();
    backend.state = 'cut-off';
    await expect(store.watch('')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(backend.subscribers.size).toBe(0);
  });

  it('has one reader', async () => {
    const { store } = await watched();
    const watch = await store.watch('');
    const first = watch[Symbol.asyncIterator]().next();
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toThrow('one reader');
    await watch.close();
    expect((await first).done).toBe(true);
  });
});
