import { checkOptions, POSITIVE } from '../../options/index.ts';
import {
  boundsOf,
  type LimitAlgorithm,
  type LimitBounds,
  type LimitSample,
  type LimitState,
} from './limit-algorithm.ts';

export interface AimdOptions extends LimitBounds {
  /** What is left of the limit after a drop. From 0.5, below 1. Default 0.9. */
  readonly backoffRatio?: number;
  /** What takes longer counts as dropped. Above 0. Default 5000. */
  readonly timeoutMs?: number;
}

/**
 * Additive increase, multiplicative decrease (Chiu and Jain, 1989), as AIMDLimit of Netflix's concurrency-limits does
 * it, with the defaults of that: one more after each call that used at least half of the limit, `backoffRatio` of it
 * after each that was dropped. For services that refuse or time out when they are overloaded; blind to latency below
 * `timeoutMs`. Throws a RangeError or TypeError when an option is out of range.
 */
export function aimd(options: AimdOptions = {}): LimitAlgorithm {
  const { backoffRatio = 0.9, timeoutMs = 5000 } = options;
  const { limit, clamp } = boundsOf('aimd', options);
  checkOptions('aimd', {
    backoffRatio: [backoffRatio, { least: 0.5, most: 1 - Number.EPSILON }],
    timeoutMs: [timeoutMs, POSITIVE],
  });
  return Object.freeze({
    initial: { limit },
    windowMs: 0,
    windowCalls: 1,
    update({ limit }: LimitState, { rttMs, inFlight, dropped }: LimitSample) {
      if (dropped > 0 || rttMs > timeoutMs) limit = Math.floor(limit * backoffRatio);
      else if (inFlight * 2 >= limit) limit++;
      return { limit: clamp(limit) };
    },
  });
}
