/**
 * When a closed breaker must open. A rule is a value, made once by `consecutive`, `timeWindow`, `countWindow` or
 * `slowCalls` and used in as many breakers as one likes: it makes what counts for one of them, anew each time that
 * the breaker changes its state.
 */
export type TripRule = () => TripCounter;

/** What a rule has counted. */
export interface Counted {
  /** Why it would open the breaker. */
  readonly reason: 'consecutive-failures' | 'failure-ratio' | 'slow-calls';
  /** The calls that it goes by. */
  readonly calls: number;
  /** Those of them that speak against the dependency: that failed, or were slow. */
  readonly failures: number;
}

/** Counts the calls of one breaker. Each operation costs the same, amortised, however many calls it counts. */
export interface TripCounter extends Counted {
  /** So many calls have succeeded since anything was last told. They may be told late, all at once. */
  succeeded(count: number): void;
  /** Calls have failed at `nowMs`, `count` of them. Answers whether the breaker must open. */
  failed(nowMs: number, count: number): boolean;
  /** Time has come to `nowMs`: what is older is forgotten, what was told since the last time is dated. */
  moveTo?(nowMs: number): void;
  /** From when on `moveTo` must be called before more is told. */
  readonly movesAtMs?: number;
  /**
   * The counter wants to see each call begin and end, and is not told of successes and failures otherwise. A call has
   * begun, at `startMs`. Answers like `failed`.
   */
  began?(call: CallInFlight): boolean;
  /** Likewise: it has ended at `nowMs`; `isFailure` is undefined when it was cancelled. */
  ended?(call: CallInFlight, nowMs: number, isFailure: boolean | undefined): boolean;
  /** A probe that takes longer speaks against the dependency. */
  readonly slowMs?: number;
}

export interface CallInFlight {
  readonly startMs: number;
}
