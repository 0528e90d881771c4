import { describe, expect, test } from 'vitest';
import { createOperation } from '../../faults/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import { keyLock, lockFaults, pipeline } from '../index.ts';
import { caught } from './caught.fixture.ts';

describe('a wait for a key', () => {
  test('ends at once when its signal aborts, with the reason, and leaves its place in the queue', async () => {
    const lock = keyLock();
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
    const lock = keyLock();
    const signal = AbortSignal.abort('gone');
    expect(await caught(lock.acquire('a', { signal }))).toBe('gone');
    expect(await caught(lock.run('a', () => 1, { signal }))).toBe('gone');
    expect(await caught(lock.acquireAll(['a'], { signal }))).toBe('gone');
    expect(lock.size).toBe(0);
  });

  test('keeps the key that it got when the signal aborts afterwards', async () => {
    const lock = keyLock();
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

  test('that got its key while its signal was aborting puts nobody else out of the queue', async () => {
    const lock = keyLock();
    const controller = new AbortController();
    const { signal } = controller;
    const release = await lock.acquire('a');
    const stopped = caught(
      pipeline().run(
        (attempt) =>
          new Promise((_, reject) => {
            attempt.signal.addEventListener('abort', () => {
              release();
              reject(attempt.signal.reason);
            });
          }),
        { signal },
      ),
    );
    const gets = lock.acquire('a', { signal });
    const stays = lock.acquire('a');
    controller.abort('hung up');
    expect(await stopped).toBe('hung up');
    (await gets)();
    (await stays)();
    expect(lock.size).toBe(0);
  });

  test('leaves no listener on the caller’s signal, whichever way it ends', async () => {
    const lock = keyLock();
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
    const lock = keyLock({ name: 'session lock', clock });
    const holder = createOperation('render', seededRandom(1));
    await lock.acquire('s7', { operation: holder });
    await clock.advance(40);
    const error = await clock.run(caught(lock.acquire('s7', { maxWaitMs: 100 })));
    expect(error).toSatisfy(lockFaults.LOCK_TIMED_OUT.matches);
    expect(error).toMatchObject({
      retryable: true,
      context: { lock: 'session lock', key: 's7', waitedMs: 100, heldMs: 140, holder: holder.id },
      message: `session lock s7: held for 140 ms by ${holder.id}`,
    });
    expect(lock.holder('s7')?.waiting).toBe(0);
    expect(clock.waitingTimers).toBe(0);
  });

  test('has no timer left when it got the key, or gave up', async () => {
    const clock = new SimulatedClock();
    const lock = keyLock({ clock });
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
    const lock = keyLock({ clock });
    const operation = createOperation('render', seededRandom(1));
    const inner = () => lock.run('a', () => 'never', { operation, maxWaitMs: 50 });
    const error = await clock.run(caught(lock.run('a', inner, { operation })));
    const { id } = operation;
    expect(error).toMatchObject({ code: 'LOCK_TIMED_OUT', operationId: id, context: { holder: id } });
    expect(lock.size).toBe(0);
  });

  test('tells who holds a key since when, and how many wait', async () => {
    const clock = new SimulatedClock();
    const lock = keyLock({ clock });
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

  test.each([-1, Number.NaN, '5'])('of %s ms is refused', async (maxWaitMs) => {
    const lock = keyLock();
    const options = { maxWaitMs: maxWaitMs as number };
    const text = /maxWaitMs of a lock must be a number of 0 or more; got/;
    expect(() => lock.acquire('a', options)).toThrow(text);
    await expect(lock.acquireAll(['a'], options)).rejects.toThrow(text);
    await expect(lock.run('a', () => 1, options)).rejects.toThrow(text);
    expect(lock.size).toBe(0);
  });
});
