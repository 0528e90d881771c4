import { checkOptions } from '../../options/index.ts';
import type { LimitAlgorithm, LimitSample, LimitState } from './limit-algorithm.ts';

export interface AimdOptions {
  /** What is left of the limit after a drop. From 0.5, below 1. Default 0.9. */
  readonly backoffRatio?: number;
}

/**
 * Additive increase, multiplicative decrease (Chiu and Jain, 1989), as AIMDLimit of Netflix's concurrency-limits does
 * it, with the defaults of that: one more after each call that used at least half of the limit, `backoffRatio` of it
 * after each that was dropped. For services that refuse or time out when they are overloaded; blind to latency: what takes
 * too long, a timeout inside of the limit must drop. Throws a RangeError or TypeError when an option is out of range.
 */
export function aimd({ backoffRatio = 0.9 }: AimdOptions = {}): LimitAlgorithm {
  checkOptions('aimd', { backoffRatio: [backoffRatio, { least: 0.5, most: 1 - Number.EPSILON }] });
  return Object.freeze({
    initial: { limit: 20 },
    windowMs: 0,
    windowCalls: 1,
    update: ({ limit }: LimitState, { inFlight, dropped }: LimitSample) => ({
      limit: dropped ? Math.floor(limit * backoffRatio) : limit + Number(inFlight * 2 >= limit),
    }),
  });
}
