import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { inWords, stepAbove } from './index.ts';

describe('the step above a duration', () => {
  test.each([
    [0, 1],
    [0.99, 1],
    [1, 2],
    [2, 5],
    [4.9, 5],
    [5, 10],
    [10, 20],
    [37, 50],
    [50, 100],
    [999, 1000],
    [1000, 2000],
    [86_400_000, 100_000_000],
  ])('of %d ms is %d ms', (ms, step) => expect(stepAbove(ms)).toBe(step));

  it('is above it, and at most 2.5 times as long', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), (ms) => {
        expect(stepAbove(ms)).toBeGreaterThan(ms);
        expect(stepAbove(ms)).toBeLessThanOrEqual(2.5 * ms);
      }),
    );
  });
});

describe('a duration in words', () => {
  test.each([
    [0, '0 ms'],
    [0.04, '0 ms'],
    [0.44, '0.4 ms'],
    [9.96, '10 ms'],
    [12.3, '12 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1240, '1.2 s'],
    [59_400, '59 s'],
    [59_980, '1 min'],
    [90_000, '1.5 min'],
    [3_599_000, '1 h'],
    [86_400_000, '24 h'],
  ])('%d ms is %s', (ms, words) => expect(inWords(ms)).toBe(words));
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused as a duration', (ms) => {
  expect(() => stepAbove(ms)).toThrow(RangeError);
  expect(() => inWords(ms)).toThrow(`0 or more; got ${ms}`);
});
