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
 * wait, `none` leaves it. `full` gives the least load: Brooker, "Exponential Backoff And Jitter", AWS Architecture
 * Blog 2015.
 */
export type Jitter = 'full' | 'none';

export interface GrowthOptions {
  /** The wait after the first failure, before jitter. 0 or more. Default 100. */
  readonly baseMs?: number;
  /** The longest wait, before jitter. 0 or more. Default 30,000. */
  readonly maxMs?: number;
  /** Default `full`. */
  readonly jitter?: Jitter;
}

/** `waitOf` as a backoff, up to `maxMs`, spread. Throws when an option is out of range. */
export function spread(options: GrowthOptions, waitOf: (attempt: number, baseMs: number) => number): Backoff {
  const { baseMs = 100, maxMs = 30_000, jitter = 'full' } = options;
  checkOptions('backoff', {
    baseMs: [baseMs, WAIT],
    maxMs: [maxMs, WAIT],
    jitter: [jitter, ['full', 'none']],
  });
  const full = jitter === 'full';
  // 0 times a power that has become infinite is no number.
  return (attempt, random) => (Math.min(waitOf(attempt, baseMs), maxMs) || 0) * (full ? random.next() : 1);
}
