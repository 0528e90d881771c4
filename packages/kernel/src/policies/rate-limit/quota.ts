/**
 * How much may be begun in which time, and what has been: the kind of a rate limit. All that take of the same quota share
 * it. Times are monotonic milliseconds.
 */
export interface Quota {
  /** How long until the next `calls` calls can all have been taken, one after the other; 0 or less when they can at once. */
  waitMs(calls: number, nowMs: number): number;
  /** Takes one call: only after `waitMs(1)` has said so. */
  take(nowMs: number): void;
}
