import type { LimitAlgorithm } from './limit-algorithm.ts';

/**
 * Additive increase, multiplicative decrease (Chiu and Jain, 1989), as AIMDLimit of Netflix's concurrency-limits does
 * it, with the defaults of that: one more after each call that used at least half of the limit, 0.9 of it after each
 * that was dropped. For services that refuse or time out when they are overloaded; blind to latency: what takes too long,
 * a timeout inside of the limit must drop.
 */
export function aimd(): LimitAlgorithm {
  return {
    windowMs: 0,
    windowCalls: 1,
    next: (limit, { inFlight, dropped }) =>
      dropped ? Math.floor(limit * 0.9) : limit + Number(inFlight * 2 >= limit),
  };
}
