import { describe, expect, test } from 'vitest';
import { fromDbfs, peak, rms, toDbfs } from './level.ts';

const sine = Float32Array.from({ length: 4410 }, (_, i) => Math.sin((2 * Math.PI * 450 * i) / 44_100));

describe('levels', () => {
  test('of a full-scale sine are 0 dBFS in peak and -3.01 dBFS in RMS', () => {
    expect(toDbfs(peak([sine]))).toBeCloseTo(0, 2);
    expect(toDbfs(rms([sine]))).toBeCloseTo(-3.01, 2);
  });

  test('of silence and of nothing are minus infinity', () => {
    for (const channels of [[], [new Float32Array(0)], [new Float32Array(9)]]) {
      expect(toDbfs(peak(channels))).toBe(Number.NEGATIVE_INFINITY);
      expect(toDbfs(rms(channels))).toBe(Number.NEGATIVE_INFINITY);
    }
  });

  test('go over all channels, also of different lengths', () => {
    expect(peak([Float32Array.of(0.1, -0.7), Float32Array.of(0.2)])).toBeCloseTo(0.7);
    expect(rms([Float32Array.of(1, 1, 1), Float32Array.of(0)])).toBeCloseTo(Math.sqrt(3 / 4));
  });

  test('meet NaN: the peak passes it over, the RMS is NaN', () => {
    expect(peak([Float32Array.of(Number.NaN, 0.5)])).toBe(0.5);
    expect(rms([Float32Array.of(Number.NaN, 0.5)])).toBeNaN();
  });

  test('turn into amplitudes and back', () => {
    expect(fromDbfs(-20)).toBeCloseTo(0.1);
    expect(fromDbfs(toDbfs(0.123))).toBeCloseTo(0.123);
    expect(fromDbfs(Number.NEGATIVE_INFINITY)).toBe(0);
  });
});
