import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOperation } from '../../faults/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import { KeyLock, policyFaults, type Release } from '../index.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a key lock', () => {
  test('lets one hold a key at a time, and others hold other keys', async () => {
    const lock = new KeyLock();
    const release = await lock.acquire('a');
    expect(lock.tryAcquire('a')).toBeUndefined();
    expect(lock.tryAcquire('b')).toBeTypeOf('function');
    release();
    expect(lock.tryAcquire('a')).toBeTypeOf('function');
  });

  test('serves who waits in the order of their arrival', async () => {
    const lock = new KeyLock();
    const order: number[] = [];
    const release = await lock.acquire('a');
    const waiting = [1, 2, 3].map((n) => lock.run('a', () => order.push(n)));
    release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  test('hands a released key straight on: nobody who comes later overtakes', async () => {
    const lock = new KeyLock();
    const release = await lock.acquire('a');
    const next = lock.acquire('a');
    release();
    expect(lock.tryAcquire('a')).toBeUndefined();
    (await next)();
    expect(lock.size).toBe(0);
  });

  test('serves greater priorities first when asked, equal ones in order', async () => {
    const lock = new KeyLock();
    const order: string[] = [];
    const release = await lock.acquire('a');
    const waiting = (
      [
        ['low', 0],
        ['high', 5],
        ['low too', 0],
        ['high too', 5],
        ['least', -1],
      ] as const
    ).map(([name, priority]) => lock.run('a', () => order.push(name), { priority }));
    release();
    await Promise.all(waiting);
    expect(order).toEqual(['high', 'high too', 'low', 'low too', 'least']);
  });

  test('is released once, however often its holder says so', async () => {
    const lock = new KeyLock();
    const release = await lock.acquire('a');
    release();
    const second = await lock.acquire('a');
    release();
    expect(lock.tryAcquire('a')).toBeUndefined();
    second();
    expect(lock.size).toBe(0);
  });

  test('is released at the end of a block with using', async () => {
    const lock = new KeyLock();
    {
      using _held = await lock.acquire('a');
      expect(lock.size).toBe(1);
    }
    expect(lock.size).toBe(0);
  });

  test('is released when the work throws, at once or later', async () => {
    const lock = new KeyLock();
    const broken = new Error('broken');
    const throws = () => {
      throw broken;
    };
    await expect(lock.run('a', throws)).rejects.toBe(broken);
    await expect(lock.run('a', () => Promise.reject(broken))).rejects.toBe(broken);
    expect(lock.size).toBe(0);
  });

  test('takes no memory for a key that nobody holds', async () => {
    const lock = new KeyLock();
    await Promise.all(Array.from({ length: 1000 }, (_, n) => lock.run(`session:${n % 100}`, () => n)));
    expect(lock.size).toBe(0);
  });

  test('answers what the work answers', async () => {
    expect(await new KeyLock().run('a', () => 1)).toBe(1);
    expect(await new KeyLock().run('a', async () => 2, { priority: 1 })).toBe(2);
  });
});

describe('a wait for a key', () => {
  test('ends at once when its signal aborts, with the reason, and leaves its place in the queue', async () => {
    const lock = new KeyLock();
    const controller = new AbortController();
    const release = await lock.acquire('a');
    const leaves = lock.acquire('a', { signal: controller.signal });
    const stays = lock.acquire('a');
    const reason = new Error('hung up');
    controller.abort(reason);
    await expect(leaves).rejects.toBe(reason);
    expect(lock.holder('a')?.waiting).toBe(1);
    release();
    (await stays)();
    expect(lock.size).toBe(0);
  });

  test('does not begin with an aborted signal, not even for a free key', async () => {
    const lock = new KeyLock();
    const signal = AbortSignal.abort('gone');
    expect(await caught(lock.acquire('a', { signal }))).toBe('gone');
    expect(await caught(lock.run('a', () => 1, { signal }))).toBe('gone');
    expect(await caught(lock.acquireAll(['a'], { signal }))).toBe('gone');
    expect(lock.size).toBe(0);
  });

  test('keeps the key that it got when the signal aborts afterwards', async () => {
    const lock = new KeyLock();
    const controller = new AbortController();
    const first = await lock.acquire('a');
    const waiting = lock.acquire('a', { signal: controller.signal });
    first();
    controller.abort();
    const second = await waiting;
    expect(lock.size).toBe(1);
    second();
    expect(lock.size).toBe(0);
  });

  test('leaves no listener on the caller’s signal, whichever way it ends', async () => {
    const lock = new KeyLock();
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const release = await lock.acquire('a', { signal });
    const waiting = Array.from({ length: 20 }, () => lock.acquire('a', { signal }).then((free) => free()));
    expect(listeners).toBe(1);
    release();
    await Promise.all(waiting);
    expect(listeners).toBe(0);
  });

  test('ends after maxWaitMs with a fault that says who holds the key and for how long', async () => {
    const clock = new SimulatedClock();
    const lock = new KeyLock({ name: 'session lock', clock });
    const holder = createOperation('render', seededRandom(1));
    await lock.acquire('s7', { operation: holder });
    await clock.advance(40);
    const error = await clock.run(caught(lock.acquire('s7', { maxWaitMs: 100 })));
    expect(error).toSatisfy(policyFaults.LOCK_TIMED_OUT.matches);
    expect(error).toMatchObject({
      retryable: true,
      context: { lock: 'session lock', key: 's7', waitedMs: 100, heldMs: 140, holder: holder.id },
      message: `the session lock of s7 is held for 140 ms by ${holder.id}`,
    });
    expect(lock.holder('s7')?.waiting).toBe(0);
    expect(clock.waitingTimers).toBe(0);
  });

  test('has no timer left when it got the key, or gave up', async () => {
    const clock = new SimulatedClock();
    const lock = new KeyLock({ clock });
    const controller = new AbortController();
    const release = await lock.acquire('a', { maxWaitMs: 100 });
    const gets = lock.acquire('a', { maxWaitMs: 100 });
    const leaves = caught(lock.acquire('a', { maxWaitMs: 100, signal: controller.signal }));
    expect(clock.waitingTimers).toBe(2);
    release();
    controller.abort();
    await Promise.all([gets, leaves]);
    expect(clock.waitingTimers).toBe(0);
  });

  test('of an operation for itself ends with a fault that says so: the lock is not re-entrant', async () => {
    const clock = new SimulatedClock();
    const lock = new KeyLock({ clock });
    const operation = createOperation('render', seededRandom(1));
    const inner = () => lock.run('a', () => 'never', { operation, maxWaitMs: 50 });
    const error = await clock.run(caught(lock.run('a', inner, { operation })));
    expect(error).toMatchObject({ code: 'LOCK_TIMED_OUT', context: { ownOperation: true } });
    expect((error as Error).message).toContain('not re-entrant');
    expect(lock.size).toBe(0);
  });

  test('tells who holds a key since when, and how many wait', async () => {
    const clock = new SimulatedClock();
    const lock = new KeyLock({ clock });
    expect(lock.holder('a')).toBeUndefined();
    const operation = createOperation('render', seededRandom(1));
    const release = await lock.acquire('a', { operation });
    const second = lock.acquire('a');
    await clock.advance(70);
    const facts = { lock: 'lock', key: 'a', holder: operation.id, heldMs: 70, waiting: 1 };
    expect(lock.holder('a')).toEqual(facts);
    release();
    await second;
    await clock.advance(5);
    expect(lock.holder('a')).toMatchObject({ holder: undefined, heldMs: 5, waiting: 0 });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('of %s ms is refused', async (maxWaitMs) => {
    const lock = new KeyLock();
    const options = { maxWaitMs: maxWaitMs as number };
    const text = /maxWaitMs of a lock must be a number from 0 to 9007199254740991; got/;
    expect(() => lock.acquire('a', options)).toThrow(text);
    await expect(lock.acquireAll(['a'], options)).rejects.toThrow(text);
    await expect(lock.run('a', () => 1, options)).rejects.toThrow(text);
    expect(lock.size).toBe(0);
  });
});

describe('several keys at once', () => {
  test('are acquired in one order, whatever order is asked for, each once', async () => {
    const lock = new KeyLock();
    const first = await lock.acquireAll(['b', 'a', 'b']);
    expect(lock.size).toBe(2);
    const second = lock.acquireAll(['a', 'b']);
    const third = lock.acquireAll(['b', 'a']);
    first();
    (await second)();
    (await third)();
    expect(lock.size).toBe(0);
  });

  test('that are given up in the middle leave nothing held', async () => {
    const lock = new KeyLock();
    const controller = new AbortController();
    const release = await lock.acquire('b');
    const waiting = lock.acquireAll(['c', 'b', 'a'], { signal: controller.signal });
    await Promise.resolve();
    expect(lock.size).toBe(2);
    controller.abort('changed my mind');
    expect(await caught(waiting)).toBe('changed my mind');
    expect(lock.size).toBe(1);
    release();
    expect(lock.size).toBe(0);
  });

  test('are waited for maxWaitMs together', async () => {
    const clock = new SimulatedClock();
    const lock = new KeyLock({ clock });
    const first = await lock.acquire('a');
    await lock.acquire('b');
    clock.schedule(60, first);
    await expect(clock.run(lock.acquireAll(['a', 'b'], { maxWaitMs: 100 }))).rejects.toMatchObject({
      context: { key: 'b', waitedMs: 40 },
    });
    expect(clock.monotonicMs()).toBe(100);
    expect(lock.size).toBe(1);
  });

  test('S4-23 to S4-27: sessions are changed one at a time, listed under the registry lock, and leave no lock behind', async () => {
    const clock = new SimulatedClock();
    const lock = new KeyLock({ name: 'session lock', clock });
    const sessions = new Map<string, number>();
    const changing = (id: string, change: () => void) =>
      lock.acquireAll(['registry', `session:${id}`]).then(async (release) => {
        await clock.sleep(5);
        change();
        release();
      });
    const count = (id: string) =>
      lock.run(`session:${id}`, async () => {
        const before = sessions.get(id) ?? 0;
        await clock.sleep(3);
        sessions.set(id, before + 1);
      });
    await clock.run(changing('a', () => sessions.set('a', 0)));
    const counting = Promise.all(Array.from({ length: 10 }, () => count('a')));
    await clock.run(counting);
    expect(sessions.get('a')).toBe(10);
    const deleting = changing('a', () => sessions.delete('a'));
    const listed = lock.run('registry', () => [...sessions.keys()]);
    await clock.run(deleting);
    expect(await listed).toEqual([]);
    expect(lock.size).toBe(0);
  });
});

describe('whatever happens', () => {
  interface Step {
    readonly keys: readonly string[];
    readonly atMs: number;
    readonly holdsMs: number;
    readonly abortAfterMs: number | undefined;
    readonly maxWaitMs: number | undefined;
    readonly throws: boolean;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 }),
    atMs: fc.integer({ min: 0, max: 50 }),
    holdsMs: fc.integer({ min: 0, max: 20 }),
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
    maxWaitMs: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
    throws: fc.boolean(),
  });

  test('a lock is never held twice, random acquireAll never deadlock, and no key is left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const clock = new SimulatedClock();
        const lock = new KeyLock({ clock });
        const held = new Set<string>();
        const doStep = async ({ keys, atMs, holdsMs, abortAfterMs, maxWaitMs, throws }: Step) => {
          await clock.sleep(atMs);
          const controller = new AbortController();
          if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => controller.abort());
          const release = await lock.acquireAll(keys, { signal: controller.signal, maxWaitMs });
          try {
            for (const key of new Set(keys)) {
              expect(held.has(key)).toBe(false);
              held.add(key);
            }
            await clock.sleep(holdsMs);
            for (const key of keys) held.delete(key);
            if (throws) throw new Error('broken');
          } finally {
            release();
            release();
          }
        };
        await clock.run(Promise.allSettled(steps.map(doStep)), 10_000).then((results) => {
          for (const result of results) {
            if (result.status === 'rejected')
              expect(String(result.reason)).toMatch(/broken|aborted|is held for/);
          }
        });
        expect(held.size).toBe(0);
        expect(lock.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('who waits for one key is served in order, without those who leave', async () => {
    const plan = fc.array(fc.record({ leaves: fc.boolean(), priority: fc.integer({ min: 0, max: 2 }) }), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(plan, async (waiters) => {
        const lock = new KeyLock();
        const release: Release = await lock.acquire('a');
        const served: number[] = [];
        const running = waiters.map(({ leaves, priority }, index) => {
          const controller = new AbortController();
          const run = lock.run('a', () => served.push(index), { signal: controller.signal, priority });
          return { run: caught(run), leave: () => leaves && controller.abort() };
        });
        for (const { leave } of running) leave();
        release();
        await Promise.all(running.map(({ run }) => run));
        const expected = waiters
          .map(({ leaves, priority }, index) => ({ leaves, priority, index }))
          .filter(({ leaves }) => !leaves)
          .sort((one, other) => other.priority - one.priority || one.index - other.index);
        expect(served).toEqual(expected.map(({ index }) => index));
        expect(lock.size).toBe(0);
      }),
    );
  });
});
