import { describe, expect, test, vi } from 'vitest';
import { keyLock, pipeline } from '../index.ts';
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

  test('leaves no listener on a signal that aborts', async () => {
    const lock = keyLock();
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    await lock.acquire('a');
    const waiting = [1, 2].map(() => caught(lock.acquire('a', { signal: controller.signal })));
    controller.abort('hung up');
    expect(await Promise.all(waiting)).toEqual(['hung up', 'hung up']);
    expect(removed).toHaveBeenCalledOnce();
  });

  test('of an operation for itself lasts until its signal ends it: the lock is not re-entrant', async () => {
    const lock = keyLock();
    const controller = new AbortController();
    const inner = () => lock.run('a', () => 'never', { signal: controller.signal });
    const run = caught(lock.run('a', inner));
    await Promise.resolve();
    controller.abort('too long');
    expect(await run).toBe('too long');
    expect(lock.size).toBe(0);
  });
});
