import { COUNT, checkOptions, FOREVER, POSITIVE } from '../../options/index.ts';
import type { Quota } from './quota.ts';

/**
 * At most `calls` in any window of `windowMs`, wherever it begins: what was taken at a time is there again `windowMs`
 * later. `calls` is a whole number from 1 to 1,000,000, `windowMs` above 0. Throws a RangeError or TypeError when a number
 * is out of range.
 *
 * Exact: the log of the last `calls` times, in a ring of 8 bytes each.
 */
export function slidingWindow({
  calls,
  windowMs,
}: {
  readonly calls: number;
  readonly windowMs: number;
}): Quota {
  checkOptions('sliding window', { calls: [calls, { ...COUNT, most: 1e6 }], windowMs: [windowMs, POSITIVE] });
  const takenMs = new Float64Array(calls).fill(-FOREVER);
  let taken = 0;
  return {
    waitMs(next, nowMs) {
      // Who comes after a whole window of others comes a window after them.
      const windows = Math.ceil(next / calls);
      return (
        Math.max((takenMs[(taken + next - 1) % calls] as number) + windowMs - nowMs, 0) +
        (windows - 1) * windowMs
      );
    },
    take(nowMs) {
      takenMs[taken++ % calls] = nowMs;
    },
  };
}
