import { checkOptions, FOREVER, POSITIVE } from '../../options/index.ts';
import type { Quota } from './quota.ts';

/**
 * A bucket of `burst` tokens, into which `tokensPerSecond` drip until it is full. Both above 0; `burst` is by default
 * what drips in a second, but 1 at least. In any time span of t seconds no more than `burst + tokensPerSecond · t` are
 * taken. Costs may be fractions. Throws a RangeError or TypeError when a number is out of range.
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
  checkOptions('token bucket', { tokensPerSecond: [tokensPerSecond, POSITIVE], burst: [burst, POSITIVE] });
  const tokenMs = 1000 / tokensPerSecond;
  return Object.freeze({
    most: burst,
    open() {
      let fullMs = -FOREVER;
      return {
        // The time itself first: added up otherwise, what is left may be too little for a clock to tell.
        waitMs: (cost: number, nowMs: number) => Math.max(fullMs, nowMs) + (cost - burst) * tokenMs - nowMs,
        take(cost: number, nowMs: number) {
          fullMs = Math.max(fullMs, nowMs) + cost * tokenMs;
        },
      };
    },
  });
}
