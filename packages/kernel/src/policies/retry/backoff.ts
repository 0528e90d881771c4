import type { Random } from '../../time/index.ts';
import { checkNumber } from '../check-number.ts';

/**
 * How long to wait after the attempt number `attempt` (1 or more) has failed, in milliseconds, 0 or more. 0 is no
 * wait at all. `random` is for jitter; on a seeded one the waits replay exactly.
 */
export type Backoff = (attempt: number, random: Random) => number;

export interface ExponentialOptions {
  /** The wait after the first failure, before jitter. 0 or more. Default 100. */
  readonly baseMs?: number;
  /** What each further wait is multiplied with. 1 or more; 1 keeps the wait constant. Default 2. */
  readonly factor?: number;
  /** The longest wait, before jitter. 0 or more. Default 30,000. */
  readonly maxMs?: number;
  /**
   * How waits are spread, so that callers that failed together do not come back together: `full` draws from 0 to
   * the wait, `equal` from half the wait to the wait, `none` leaves it. Default `full`, which gives the least load:
   * Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015.
   */
  readonly jitter?: 'full' | 'equal' | 'none';
}

/** Waits that grow: `baseMs`, times `factor` after each failure, up to `maxMs`. */
export function exponential(options: ExponentialOptions = {}): Backoff {
  const { baseMs = 100, factor = 2, maxMs = 30_000, jitter = 'full' } = options;
  checkNumber('baseMs of a backoff', baseMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
  checkNumber('factor of a backoff', factor, { least: 1, most: 1000 });
  checkNumber('maxMs of a backoff', maxMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
  if (!Object.hasOwn(JITTERS, jitter)) {
    throw new TypeError(`jitter must be full, equal or none; got ${String(jitter)}`);
  }
  const spread = JITTERS[jitter];
  return (attempt, random) => spread(Math.min(baseMs * factor ** (attempt - 1), maxMs), random);
}

const JITTERS = {
  full: (waitMs: number, random: Random) => waitMs * random.next(),
  equal: (waitMs: number, random: Random) => (waitMs * (1 + random.next())) / 2,
  none: (waitMs: number) => waitMs,
};
