import { COUNT, checkOptions } from '../../options/index.ts';
import { RATIO } from './ratio.ts';
import { add, emptyWindow, isReached, type SlidingWindow } from './sliding-window.ts';
import type { TripRule } from './trip-rule.ts';

export interface CountWindowOptions {
  /** How many of the last calls count. A whole number, 1 or more. */
  readonly calls: number;
  /** The share of failures from which on the breaker opens. Above 0, up to 1. */
  readonly failureRatio: number;
  /** Fewer calls than this are no evidence. A whole number from 1 to `calls`. Default: `calls`. */
  readonly minimumCalls?: number;
}

/** Opens on the share of failures among the last calls. A RangeError or TypeError when an option is out of range. */
export function countWindow(options: CountWindowOptions): TripRule {
  const { calls, failureRatio, minimumCalls = calls } = options;
  checkOptions('countWindow', {
    calls: [calls, COUNT],
    failureRatio: [failureRatio, RATIO],
    minimumCalls: [minimumCalls, { ...COUNT, most: calls }],
  });
  return {
    reason: 'failure-ratio',
    begin: emptyWindow,
    // Buckets are numbered by the last call of each: many successes cost as much as one.
    count(tally, _gate, _nowMs, succeeded, failed) {
      const window = tally as SlidingWindow;
      const failures = failed || 0;
      const more = succeeded + failures;
      add(window, window.newest.number + more, calls, 0, Math.min(failures, calls));
      window.calls = Math.min(window.calls + more, calls);
      return failures > 0 && isReached(failureRatio, minimumCalls, window);
    },
  };
}
