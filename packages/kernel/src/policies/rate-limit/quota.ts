/** How much may be taken in which time: the kind of a rate limit. */
export interface Quota {
  /** The greatest cost of a call, and how much is there when nothing was taken. */
  readonly most: number;
  /** Whether costs must be whole numbers. */
  readonly whole: boolean;
  /** Begins to count, at `nowMs` of a monotonic time, as if `used` had just been taken. */
  open(used: number, nowMs: number): Usage;
}

/** What has been taken of a quota. */
export interface Usage {
  /**
   * How long until `cost` can be taken if nobody else takes anything; 0 or less when at once. With a cost above `most`:
   * until the last of several calls of that cost together can have taken its part, at the earliest.
   */
  waitMs(cost: number, nowMs: number): number;
  /** Only after `waitMs` has said so. */
  take(cost: number, nowMs: number): void;
  /** How much of `most` is not there. */
  used(nowMs: number): number;
}
