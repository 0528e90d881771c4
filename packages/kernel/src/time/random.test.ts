import { describe, expect, test } from 'vitest';
import { seededRandom, systemRandom } from './random.ts';

const draw = (random: { next(): number }, count: number) =>
  Array.from({ length: count }, () => random.next());

describe('seeded random', () => {
  test('is the same for the same seed, and differs for another', () => {
    expect(draw(seededRandom(7), 50)).toEqual(draw(seededRandom(7), 50));
    expect(draw(seededRandom(7), 50)).not.toEqual(draw(seededRandom(8), 50));
  });

  test('keeps its sequence from version to version', () => {
    expect(draw(seededRandom('sustain'), 3)).toEqual(PINNED);
  });

  test('stays in [0, 1) and is uniform: chi-square over 64 bins of 64,000 draws', () => {
    const bins = new Uint32Array(64);
    const values = draw(seededRandom(1), 64_000);
    for (const value of values) bins[Math.floor(value * 64)] = (bins[Math.floor(value * 64)] ?? 0) + 1;
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 63 degrees of freedom: 99.9 % of uniform samples lie below 103.4.
    expect(chiSquare).toBeLessThan(103.4);
  });

  test('a fork depends on seed and label only', () => {
    const parent = seededRandom(3);
    const before = draw(parent.fork('jitter'), 5);
    draw(parent, 100);
    expect(draw(parent.fork('jitter'), 5)).toEqual(before);
    expect(draw(parent.fork('other'), 5)).not.toEqual(before);
  });
});

test('system random stays in [0, 1)', () => {
  for (const value of draw(systemRandom.fork('any'), 1000)) expect(value >= 0 && value < 1).toBe(true);
});

const PINNED = [0.2131426869891584, 0.10915975086390972, 0.14391424972563982];
