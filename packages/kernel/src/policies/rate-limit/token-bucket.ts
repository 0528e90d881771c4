import { checkOptions, FOREVER, POSITIVE } from '../../options/index.ts';
import type { Quota } from './quota.ts';

/**
 * A bucket of `burst` tokens, into which `tokensPerSecond` drip until it is full; each call takes one. `tokensPerSecond`
 * is above 0; `burst`, 1 or more, is by default what drips in a second. In any time span of t seconds no more than
 * `burst + tokensPerSecond · t` calls are taken. Throws a RangeError or TypeError when a number is out of range.
 *
 * Kept as one number, when the bucket will be full again: the virtual scheduling form of the generic cell rate
 * algorithm (ITU-T I.371, annex A). Never below 0 tokens: who waits has taken nothing.
 */
export function tokenBucket({
  tokensPerSecond,
  burst = Math.max(tokensPerSecond, 1),
}: {
  readonly tokensPerSecond: number;
  readonly burst?: number;
}): Quota {
  checkOptions('token bucket', {
    tokensPerSecond: [tokensPerSecond, POSITIVE],
    burst: [burst, { least: 1 }],
  });
  const tokenMs = 1000 / tokensPerSecond;
  let fullMs = -FOREVER;
  return {
    // The time itself first: added up otherwise, what is left may be too little for a clock to tell.
    waitMs: (calls, nowMs) => Math.max(fullMs, nowMs) + (calls - burst) * tokenMs - nowMs,
    take(nowMs) {
      fullMs = Math.max(fullMs, nowMs) + tokenMs;
    },
  };
}
