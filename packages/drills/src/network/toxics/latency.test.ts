import { seededRandom } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { latency } from './index.ts';
import { closing, fatesOf, through } from './through.fixture.ts';

describe('latency', () => {
  it('delays bytes, ends and resets by the same time', () => {
    const toxic = latency({ delayMs: 30 });
    expect(
      through(toxic, [
        ['a', 0],
        ['b', 5],
      ]),
    ).toMatchObject([
      { bytes: 'a', atMs: 30 },
      { bytes: 'b', atMs: 35 },
    ]);
    expect(closing(toxic, 'end')).toEqual({ fate: 'pass', atMs: 130 });
    expect(closing(toxic, 'reset')).toEqual({ fate: 'pass', atMs: 130 });
  });

  it('strays by the jitter to both sides, and the same seed strays the same way', () => {
    const chunks = Array.from({ length: 2000 }, () => [Buffer.from('x'), 0] as const);
    const delays = (seed: number) =>
      fatesOf(latency({ delayMs: 50, jitterMs: 20 }), chunks, seededRandom(seed)).map((fate) =>
        fate.fate === 'pass' ? fate.atMs : Number.NaN,
      );
    const seen = delays(7);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(30);
    expect(Math.min(...seen)).toBeLessThan(31);
    expect(Math.max(...seen)).toBeLessThanOrEqual(70);
    expect(Math.max(...seen)).toBeGreaterThan(69);
    expect(delays(7)).toEqual(seen);
    expect(delays(8)).not.toEqual(seen);
  });

  it.each([
    [{ delayMs: -1 }, 'delayMs must be 0 to 600000; got -1'],
    [{ delayMs: Number.NaN }, 'got NaN'],
    [{ delayMs: 10, jitterMs: 11 }, 'jitterMs must be 0 to 10; got 11'],
    [{ delayMs: 10, windowBytes: 0 }, 'windowBytes must be 1'],
  ])('refuses %j', (options, message) => {
    expect(() => latency(options)).toThrow(message);
  });
});
