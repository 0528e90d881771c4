import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../time/index.ts';
import {
  type Backoff,
  constant,
  decorrelatedJitter,
  type ExponentialOptions,
  exponential,
  linear,
} from '../index.ts';

/** Always in the middle. */
const half: Random = { next: () => 0.5, fork: () => half };

/** The first five waits of one run. */
function waitsOf(backoff: Backoff, random = half): number[] {
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 5; attempt++) waits.push(backoff(attempt, random, waits.at(-1) ?? 0));
  return waits;
}

describe('exponential waits', () => {
  const waits = (options: ExponentialOptions) => waitsOf(exponential(options));

  test('grow by the factor up to the longest', () => {
    expect(waits({ baseMs: 10, factor: 3, maxMs: 200, jitter: 'none' })).toEqual([10, 30, 90, 200, 200]);
  });

  test('are spread from 0 to the whole', () => {
    expect(waits({ baseMs: 10, jitter: 'full' })).toEqual([5, 10, 20, 40, 80]);
  });

  test('stay finite after ever so many failures', () => {
    expect(exponential({ baseMs: 100, maxMs: 5000, jitter: 'none' })(5000, half)).toBe(5000);
  });

  test('of 0 stay 0 when the power has become infinite: 0 times that is no number', () => {
    expect(exponential({ baseMs: 0 })(2000, half)).toBe(0);
  });

  test('replay exactly on a seeded random', () => {
    const draw = (seed: number) => waitsOf(exponential(), seededRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe('constant waits', () => {
  test('are the same each time, and spread only when asked to', () => {
    expect(waitsOf(constant(40))).toEqual([40, 40, 40, 40, 40]);
    expect(waitsOf(constant(40, { jitter: 'full' }))[0]).toBe(20);
  });

  test('of 0 are none', () => expect(waitsOf(constant(0))).toEqual([0, 0, 0, 0, 0]));
});

describe('linear waits', () => {
  test('grow by the same step up to the longest', () => {
    const waits = waitsOf(linear({ baseMs: 30, maxMs: 80, jitter: 'none' }));
    expect(waits).toEqual([30, 60, 80, 80, 80]);
  });

  test('grow by the first wait and are spread unless told otherwise', () => {
    expect(waitsOf(linear({ baseMs: 10 }))).toEqual([5, 10, 15, 20, 25]);
  });
});

describe('decorrelated jitter', () => {
  test('draws from the base to three times the wait before', () => {
    const waits = waitsOf(decorrelatedJitter({ baseMs: 10, maxMs: 60 }));
    expect(waits).toEqual([20, 35, 57.5, 60, 60]);
  });

  test('begins at the base when it is not told what it answered before', () => {
    expect(decorrelatedJitter({ baseMs: 10 })(7, half)).toBe(20);
  });

  test('stays within base and cap for any draws, and grows by a factor of 3 at most', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(10_000), fc.integer(), (baseMs, extraMs, seed) => {
        const random = seededRandom(seed);
        const maxMs = baseMs + extraMs;
        const backoff = decorrelatedJitter({ baseMs, maxMs });
        let beforeMs = baseMs;
        for (let attempt = 1; attempt < 50; attempt++) {
          const waitMs = backoff(attempt, random, attempt === 1 ? 0 : beforeMs);
          expect(waitMs).toBeGreaterThanOrEqual(baseMs);
          expect(waitMs).toBeLessThanOrEqual(Math.min(maxMs, 3 * Math.max(beforeMs, baseMs)));
          beforeMs = waitMs;
        }
      }),
      { seed: 3 },
    );
  });
});

test.each<[string, () => unknown, string]>([
  ['baseMs', () => exponential({ baseMs: -1 }), 'baseMs of the backoff must be'],
  ['maxMs', () => exponential({ maxMs: Number.NaN }), 'maxMs of the backoff must be'],
  [
    'factor',
    () => exponential({ factor: 0.5 }),
    'factor of the backoff must be a number from 1 to 1000; got 0.5',
  ],
  [
    'jitter',
    () => exponential({ jitter: 'some' as never }),
    'jitter of the backoff must be one of full,none; got some',
  ],
  ['jitter of the prototype', () => exponential({ jitter: 'toString' as never }), 'got toString'],
  ['the first of a line', () => linear({ baseMs: -1 }), 'baseMs of the backoff must be'],
  ['a constant', () => constant(-1), 'delayMs of the backoff must be a number from 0'],
  ['no number', () => constant('5' as never), 'delayMs of the backoff must be a number from 0'],
  [
    'a cap below the base',
    () => decorrelatedJitter({ baseMs: 5, maxMs: 4 }),
    'maxMs of the backoff must be a number from 5',
  ],
])('refuses at construction: %s', (_what, make, message) => {
  expect(make).toThrow(message);
});
