/** How much may be taken in which time: the kind of a rate limit. */
export interface Quota {
  /** The greatest cost of a call. */
  readonly most: number;
  /** Begins to count: nothing was taken. */
  open(): Usage;
}

/** What has been taken of a quota. Times are monotonic milliseconds. */
export interface Usage {
  /**
   * How long until `cost` can be taken if nobody else takes anything; 0 or less when at once. With a cost above `most`:
   * until the last of several calls of that cost together can have taken its part, at the earliest.
   */
  waitMs(cost: number, nowMs: number): number;
  /** Only after `waitMs` has said so. */
  take(cost: number, nowMs: number): void;
}
