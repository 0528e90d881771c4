import { COUNT, checkOptions, FOREVER, POSITIVE } from '../../options/index.ts';
import type { Quota } from './quota.ts';

/**
 * At most `calls` in any window of `windowMs`, wherever it begins: what was taken at a time is there again `windowMs`
 * later. `calls` is a whole number from 1 to 1,000,000, `windowMs` above 0. A part of a call costs as much as all of
 * it. Throws a RangeError or TypeError when a number is out of range.
 *
 * Exact: the log of the last `calls` times, in a ring of 8 bytes each, made when the first call comes.
 */
export function slidingWindow({
  calls,
  windowMs,
}: {
  readonly calls: number;
  readonly windowMs: number;
}): Quota {
  checkOptions('sliding window', { calls: [calls, { ...COUNT, most: 1e6 }], windowMs: [windowMs, POSITIVE] });
  return Object.freeze({
    most: calls,
    open() {
      const takenMs = new Float64Array(calls).fill(-FOREVER);
      let oldest = 0;
      return {
        waitMs: (cost: number, nowMs: number) =>
          (takenMs[(oldest + Math.ceil(cost) - 1) % calls] as number) +
          windowMs * Math.ceil(cost / calls) -
          nowMs,
        take(cost: number, nowMs: number) {
          for (; cost > 0; cost--) {
            takenMs[oldest] = nowMs;
            oldest = (oldest + 1) % calls;
          }
        },
      };
    },
  });
}
