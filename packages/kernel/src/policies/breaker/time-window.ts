import { COUNT, checkOptions, POSITIVE } from '../../options/index.ts';
import { RATIO } from './ratio.ts';
import { add, emptyWindow, isReached, type SlidingWindow } from './sliding-window.ts';
import type { TripRule } from './trip-rule.ts';

export interface TimeWindowOptions {
  /** How far back calls count, give or take a tenth. Milliseconds, above 0. */
  readonly durationMs: number;
  /** The share of failures from which on the breaker opens. Above 0, up to 1. */
  readonly failureRatio: number;
  /** Fewer calls than this in the window are no evidence. A whole number, 1 or more. */
  readonly minimumCalls: number;
}

/** Opens on the share of failures among the calls of late. A RangeError or TypeError when an option is out of range. */
export function timeWindow(options: TimeWindowOptions): TripRule {
  const { failureRatio } = options;
  return ratioOfLate('timeWindow', 'failure-ratio', options, 'failureRatio', failureRatio);
}

/**
 * @internal The calls of the last `durationMs`, in ten buckets. Every operation costs the same however many calls are
 * counted and however long nothing happened; a call is forgotten between `durationMs` and a tenth less after it was
 * counted.
 *
 * A success is counted without reading the clock: it is dated by the next thing that is, the start of a call (with
 * the time before it) or a result that is looked at (with the time of that).
 */
export function ratioOfLate(
  of: string,
  reason: TripRule['reason'],
  { durationMs, minimumCalls }: Omit<TimeWindowOptions, 'failureRatio'>,
  ratioName: string,
  ratio: number,
): TripRule {
  checkOptions(of, {
    durationMs: [durationMs, POSITIVE],
    [ratioName]: [ratio, RATIO],
    minimumCalls: [minimumCalls, COUNT],
  });
  const bucketMs = durationMs / 10;
  return {
    reason,
    begin: emptyWindow,
    count(tally, gate, nowMs, succeeded, failed) {
      const window = tally as SlidingWindow;
      const number = Math.floor(nowMs / bucketMs);
      gate.untilMs = Math.min(gate.untilMs, (number + 1) * bucketMs);
      const failures = failed || 0;
      add(window, failed === undefined ? window.newest.number : number, 10, succeeded, 0);
      add(window, number, 10, failures, failures);
      return failures > 0 && isReached(ratio, minimumCalls, window);
    },
  };
}
