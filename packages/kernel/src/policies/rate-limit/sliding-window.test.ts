import { describe, expect, test } from 'vitest';
import type { RunOptions } from '../pipeline/index.ts';
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

  test('of costs waits until so much has left the window', async () => {
    const cost = ({ name }: RunOptions) => Number(name);
    const window = slidingWindow({ calls: 4, windowMs: 1000 });
    const { clock, made, call } = limited({ quota: window, maxWaitMs: 5000, cost });
    void call('a', { name: '1' });
    await clock.advance(100);
    void call('b', { name: '3' });
    void call('c', { name: '2' });
    await clock.advance(950);
    expect(made).toEqual({ a: 0, b: 100 });
    await clock.advance(950);
    expect(made).toEqual({ a: 0, b: 100, c: 1100 });
    for (const half of ['d', 'e', 'f']) void call(half, { name: '0.5' });
    await clock.advance(0);
    expect(Object.keys(made)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
