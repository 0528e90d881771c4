import { checkOptions, WAIT } from '../../options/index.ts';
import type { Random } from '../../time/index.ts';

/**
 * How long to wait after the attempt number `attempt` (1 or more) has failed, in milliseconds, 0 or more. 0 is no
 * wait at all. `random` is for jitter; on a seeded one the waits replay exactly. `previousMs` is what it answered
 * the last time in the same run; absent, or 0, the first time.
 */
export type Backoff = (attempt: number, random: Random, previousMs?: number) => number;

/**
 * How waits are spread, so that callers that failed together do not come back together: `full` draws from 0 to the
 * wait, `equal` from half the wait to the wait, `none` leaves it. `full` gives the least load: Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog 2015.
 */
export type Jitter = 'full' | 'equal' | 'none';

/** `waitOf` as a backoff, up to `maxMs`, spread. Throws when an option is out of range. */
export function spread(
  waitOf: (attempt: number) => number,
  baseMs: number,
  maxMs: number,
  jitter: Jitter,
): Backoff {
  checkOptions('backoff', { baseMs: [baseMs, WAIT], maxMs: [maxMs, WAIT] });
  const least = LEAST_SHARE[jitter];
  if (!(least >= 0)) throw new TypeError(`jitter must be full, equal or none; got ${String(jitter)}`);
  // 0 times a power that has become infinite is no number.
  return (attempt, random) => (Math.min(waitOf(attempt), maxMs) || 0) * (least + (1 - least) * random.next());
}

const LEAST_SHARE = { full: 0, equal: 0.5, none: 1 };
