import type { Gate } from '../pipeline/index.ts';

/**
 * When a closed breaker must open. A rule is a value, made once by `timeWindow`, `countWindow` or `slowCalls` and used in
 * as many breakers as one likes: what it has counted for each of them is in a tally, begun anew each time that the
 * breaker changes its state.
 */
export interface TripRule {
  /** Why it opens a breaker. */
  readonly reason: 'failure-ratio' | 'slow-calls';
  /** @internal Nothing counted yet. */
  begin(): Tally;
  /**
   * @internal Since the last time so many calls have succeeded. It is `nowMs`, and then so many have failed; undefined
   * when no result has come, but time has passed, or `call` begins. With a result, `call` is whose that was, if it is
   * known. Answers whether the breaker must open. Costs the same, amortised, however many calls are counted.
   *
   * A rule that must be asked from some time on before more calls pass lets the gate be open until then only.
   */
  count(
    tally: Tally,
    gate: Gate,
    nowMs: number,
    succeeded: number,
    failed?: number | false,
    call?: CallInFlight,
  ): boolean;
  /** @internal What it counts with, where it sees for itself what to count. */
  readonly window?: TripRule;
}

/** What a rule has counted. */
export interface Counted {
  /** The calls that it goes by. */
  readonly calls: number;
  /** Those of them that speak against the dependency: that failed, or were slow. */
  readonly failures: number;
}

/** @internal Data, and no functions: there may be one for each of many keys. */
export interface Tally {
  calls: number;
  failures: number;
}

/** @internal */
export interface CallInFlight {
  readonly startMs: number;
  isOver: boolean;
  /** A rule has found it slow. */
  isSlow: boolean;
}
