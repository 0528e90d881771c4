/**
 * When a closed breaker must open. A rule is a value, made once by `consecutive`, `timeWindow`, `countWindow` or
 * `slowCalls` and used in as many breakers as one likes: what it has counted for each of them is in a tally, begun anew
 * each time that the breaker changes its state.
 */
export interface TripRule {
  /** Why it opens a breaker. */
  readonly reason: Counted['reason'];
  /** @internal Nothing counted yet. */
  begin(): Tally;
  /**
   * @internal Since the last time so many calls have succeeded. It is `nowMs`, and then so many have failed; undefined
   * when no result has come, and only time has passed. Answers whether the breaker must open. Costs the same, amortised,
   * however many calls are counted.
   */
  count(tally: Tally, nowMs: number, succeeded: number, failed?: number): boolean;
  /** @internal The rule is told of each call that begins, and that those succeeded which took no longer than this. */
  readonly slowMs?: number;
  /** @internal A call has begun. */
  began?(tally: Tally, call: CallInFlight): void;
}

/** What a rule has counted. */
export interface Counted {
  /** Why it would open the breaker. */
  readonly reason: 'consecutive-failures' | 'failure-ratio' | 'slow-calls';
  /** The calls that it goes by. */
  readonly calls: number;
  /** Those of them that speak against the dependency: that failed, or were slow. */
  readonly failures: number;
}

/** @internal Data, and no functions: there may be one for each of many keys. */
export interface Tally {
  calls: number;
  failures: number;
  /** From when on the rule must be asked before more calls pass. Left out when it does not go by time. */
  movesAtMs?: number | undefined;
}

/** @internal */
export interface CallInFlight {
  readonly startMs: number;
  isOver: boolean;
}
