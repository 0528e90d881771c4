import { describe, expect, test } from 'vitest';
import { slidingWindow } from './index.ts';
import { limited } from './limited.fixture.ts';

describe('a sliding window', () => {
  test('counts exactly, wherever the window begins', async () => {
    const { clock, made, call } = limited({
      quota: slidingWindow({ calls: 3, windowMs: 1000 }),
      maxWaitMs: 5000,
    });
    for (const [name, restMs] of [
      ['a', 900],
      ['b', 50],
      ['c', 30],
      ['d', 0],
      ['e', 0],
      ['f', 0],
      ['g', 0],
    ] as const) {
      void call(name);
      await clock.advance(restMs);
    }
    await clock.advance(5000);
    expect(made).toEqual({ a: 0, b: 900, c: 950, d: 1000, e: 1900, f: 1950, g: 2000 });
  });

  test('knows how long everybody waits who comes after a whole window of others', () => {
    const window = slidingWindow({ calls: 2, windowMs: 100 });
    window.take(0);
    expect([1, 2, 3, 4, 5].map((next) => window.waitMs(next, 30))).toEqual([0, 70, 100, 170, 200]);
  });
});
