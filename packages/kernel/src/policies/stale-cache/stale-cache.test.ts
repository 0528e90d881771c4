import { describe, expect, test } from 'vitest';
import { fallback, pipeline, staleCache } from '../index.ts';
import { caught, workshop } from './weather.fixture.ts';

describe('a cache', () => {
  test('answers from what was answered while it is fresh, and no longer', async () => {
    const { clock, ask } = workshop();
    expect(await ask()).toBe('answer 1');
    await clock.advance(99);
    expect(await ask()).toBe('answer 1');
    await clock.advance(1);
    expect(await ask()).toBe('answer 2');
  });

  test('keeps the answers of keys apart', async () => {
    const { ask } = workshop();
    expect(await ask('berlin')).toBe('answer 1');
    expect(await ask('paris')).toBe('answer 2');
    expect(await ask('berlin')).toBe('answer 1');
  });

  test('without a key the work belongs to the same operation as the policies outside', async () => {
    const { clock, cache } = workshop();
    let inside: string | undefined;
    const policies = pipeline(
      { clock },
      fallback((_error, { operation }) => operation.id),
      cache,
    );
    const outside = await policies.run(({ operation }) => {
      inside = operation.id;
      throw new Error('down');
    });
    expect(inside).toBe(outside);
  });

  test('without a key calls the work each time, under the caller’s signal', async () => {
    const { clock, cache, policies, attempts, work } = workshop();
    const controller = new AbortController();
    await clock.run(policies.run(work));
    const run = caught(policies.run(work, { signal: controller.signal }));
    controller.abort('hung up');
    expect(await clock.run(run)).toBe('hung up');
    expect(attempts).toHaveLength(2);
    expect(cache.size).toBe(0);
  });

  test('keeps no failures', async () => {
    const { ask, cache, failing } = workshop();
    failing.error = new Error('down');
    expect(await caught(ask())).toBe(failing.error);
    expect(cache.size).toBe(0);
    failing.error = undefined;
    expect(await ask()).toBe('answer 2');
  });

  test.each([undefined, null])('keeps no %s, and forgets what it knew of the key', async (nothing) => {
    const { clock, policies, cache, ask } = workshop({ staleIfErrorMs: 1000 });
    await ask();
    await clock.advance(100);
    expect(await clock.run(policies.run(() => nothing, { key: 'berlin' }))).toBe(nothing);
    expect(cache.size).toBe(0);
  });

  test('keeps no answer that may not be kept, and forgets what it knew of the key', async () => {
    const { clock, policies, cache, ask } = workshop({ isGood: (answer) => answer !== '' });
    await ask();
    await clock.advance(100);
    expect(await policies.run(() => '', { key: 'berlin' })).toBe('');
    expect(cache.size).toBe(0);
  });

  test('keeps at most maxEntries, and lets go of what was not asked for longest', async () => {
    const { ask, cache } = workshop({ maxEntries: 2 });
    await ask('a');
    await ask('b');
    await ask('a');
    await ask('c');
    expect(cache.size).toBe(2);
    expect(await ask('a')).toBe('answer 1');
    expect(await ask('b')).toBe('answer 4');
  });

  test('forgets a key, or all, when it is told to', async () => {
    const { ask, cache } = workshop();
    await ask('a');
    await ask('b');
    cache.invalidate('a');
    expect(cache.size).toBe(1);
    expect(await ask('a')).toBe('answer 3');
    cache.invalidate();
    expect(cache.size).toBe(0);
  });

  test('keeps no answer that was asked for before it was told to forget', async () => {
    const { clock, policies, cache, work, ask } = workshop();
    const old = policies.run(work, { key: 'berlin' });
    await clock.advance(5);
    cache.invalidate('berlin');
    expect(await ask()).toBe('answer 2');
    expect(await old).toBe('answer 1');
    expect(await ask()).toBe('answer 2');
  });

  test('is shared by the pipelines that it is used in', async () => {
    const { clock, cache, ask } = workshop();
    await ask();
    const other = pipeline({ clock }, cache);
    expect(await other.run(() => 'other', { key: 'berlin' })).toBe('answer 1');
  });
});

describe('a function that throws', () => {
  const broken = new Error('broken');
  const throws = () => {
    throw broken;
  };

  test('for whether an answer is good fails the call, and keeps nothing', async () => {
    const { ask, cache } = workshop({ isGood: throws });
    expect(await caught(ask())).toBe(broken);
    expect(cache.size).toBe(0);
  });

  test('for the mark fails the call that wanted it', async () => {
    const { clock, ask } = workshop({ asStale: throws, staleWhileRevalidateMs: 100 });
    await ask();
    await clock.advance(150);
    expect(await caught(ask())).toBe(broken);
    await clock.advance(10);
    expect(await ask()).toBe('answer 2');
  });
});

test.each([
  [{ freshMs: -1 }, 'freshMs of the stale-cache weather must be a number of 0 or more; got -1'],
  [{ staleIfErrorMs: '1' }, 'staleIfErrorMs of the stale-cache weather must be a number of 0 or more; got 1'],
  [{ staleWhileRevalidateMs: Number.NaN }, 'must be a number of 0 or more; got NaN'],
  [{ maxEntries: 0 }, 'maxEntries of the stale-cache weather must be a whole number of 1 or more; got 0'],
  [{ isGood: 'a' }, 'isGood of the stale-cache weather must be a function; got a'],
])('options that are out of range are refused: %j', (options, text) => {
  expect(() => staleCache({ name: 'weather', freshMs: 100, ...options } as never)).toThrow(text);
});
