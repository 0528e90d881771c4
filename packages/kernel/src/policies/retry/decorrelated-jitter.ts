import { checkOptions, WAIT } from '../../options/index.ts';
import type { Backoff } from './backoff.ts';

export interface DecorrelatedJitterOptions {
  /** The shortest wait. 0 or more. Default 100. */
  readonly baseMs?: number;
  /** The longest wait; `baseMs` or more. Default 30,000. */
  readonly maxMs?: number;
}

/**
 * Waits that wander upwards: each is drawn from `baseMs` to three times the wait before it, up to `maxMs`. Unlike full
 * jitter it never waits less than `baseMs`, and what one caller waits says little of what others do.
 *
 * `sleep = min(cap, random_between(base, sleep * 3))`: Brooker, "Exponential Backoff And Jitter", AWS Architecture
 * Blog 2015. Throws a RangeError or TypeError when an option is out of range.
 */
export function decorrelatedJitter(options: DecorrelatedJitterOptions = {}): Backoff {
  const { baseMs = 100, maxMs = 30_000 } = options;
  checkOptions('backoff', { baseMs: [baseMs, WAIT], maxMs: [maxMs, { ...WAIT, least: baseMs }] });
  return (_attempt, random, previousMs) =>
    Math.min(baseMs + (3 * (previousMs || baseMs) - baseMs) * random.next(), maxMs);
}
