import { describe, expect, test } from 'vitest';
import { keyLock, type Release } from '../index.ts';

describe('a key lock', () => {
  test('lets one hold a key at a time, and others hold other keys', async () => {
    const lock = keyLock();
    const release = await lock.acquire('a');
    let second: Release | undefined;
    void lock.acquire('a').then((held) => {
      second = held;
    });
    (await lock.acquire('b'))();
    expect(second).toBeUndefined();
    release();
    await Promise.resolve();
    expect(second).toBeTypeOf('function');
  });

  test('serves who waits in the order of their arrival', async () => {
    const lock = keyLock();
    const order: number[] = [];
    const release = await lock.acquire('a');
    const waiting = [1, 2, 3].map((n) => lock.run('a', () => order.push(n)));
    release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  test('hands a released key straight on: nobody who comes later overtakes', async () => {
    const lock = keyLock();
    const release = await lock.acquire('a');
    const order: string[] = [];
    const next = lock.run('a', () => order.push('next'));
    release();
    const later = lock.run('a', () => order.push('later'));
    await Promise.all([later, next]);
    expect(order).toEqual(['next', 'later']);
    expect(lock.size).toBe(0);
  });

  test('serves greater priorities first when asked, equal ones in order', async () => {
    const lock = keyLock();
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
    const lock = keyLock();
    const release = await lock.acquire('a');
    release();
    const second = await lock.acquire('a');
    release();
    expect(lock.size).toBe(1);
    second();
    expect(lock.size).toBe(0);
  });

  test('is released at the end of a block with using', async () => {
    const lock = keyLock();
    {
      using _held = await lock.acquire('a');
      expect(lock.size).toBe(1);
    }
    expect(lock.size).toBe(0);
  });

  test('is released when the work throws, at once or later', async () => {
    const lock = keyLock();
    const broken = new Error('broken');
    const throws = () => {
      throw broken;
    };
    await expect(lock.run('a', throws)).rejects.toBe(broken);
    await expect(lock.run('a', () => Promise.reject(broken))).rejects.toBe(broken);
    expect(lock.size).toBe(0);
  });

  test('takes no memory for a key that nobody holds', async () => {
    const lock = keyLock();
    await Promise.all(Array.from({ length: 1000 }, (_, n) => lock.run(`session:${n % 100}`, () => n)));
    expect(lock.size).toBe(0);
  });

  test('begins at once when nobody holds the key, and not at all when the signal has aborted', async () => {
    const lock = keyLock();
    const order: string[] = [];
    const work = (name: string) => () => void order.push(name);
    const [first, second] = [lock.run('a', work('first')), lock.run('a', work('second'))];
    order.push('asked');
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'asked', 'second']);
    const signal = AbortSignal.abort('enough');
    await expect(lock.run('a', work('never'), { signal })).rejects.toBe('enough');
    expect([order.length, lock.size]).toEqual([3, 0]);
  });

  test('answers what the work answers', async () => {
    expect(await keyLock().run('a', () => 1)).toBe(1);
    expect(await keyLock().run('a', async () => 2, { priority: 1 })).toBe(2);
  });
});
