import type { Fault } from '../../faults/index.ts';
import type { SignalChannel } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import type { Gate } from '../pipeline/index.ts';
import type { Refused } from './breaker-faults.ts';
import type { BreakerReason, BreakerStateName, BreakerTransition } from './breaker-state.ts';
import type { CallInFlight, Tally, TripRule } from './trip-rule.ts';

/**
 * @internal The state of one dependency. What time changes is changed when the next call comes. Small, because there may
 * be one for each of many keys: what those have in common is in the rules, and what a state needs in its phase.
 */
export interface Circuit {
  readonly name: string;
  readonly rules: BreakerRules;
  /**
   * Lets calls pass while the phase does and nothing has to see them, and counts their successes. Its active calls are
   * all that were admitted since the last change: while half-open, the probes.
   */
  readonly gate: Gate;
  phase: Phase;
  /** Since it was last closed. */
  timesOpened: number;
  /** How many hold it by hand, when anybody has. */
  holds?: { isolations: number; forcings: number };
  /** What each of the rules has counted. */
  tallies: readonly Tally[];
}

/** @internal A call that a circuit has let through. */
export interface Admitted extends CallInFlight {
  readonly circuit: Circuit;
  /** `changes.count` when it was. */
  readonly era: number;
}

/** @internal What a circuit does while it is in one state. */
export interface Phase {
  readonly state: BreakerStateName;
  /** Whether one more call may pass. Changes the phase when its time is over. Left out when all pass. */
  admits?(nowMs: number): boolean;
  /** A call that was admitted has ended after `tookMs`, or a result was reported. */
  judge?(isFailure: boolean, nowMs: number, tookMs: number | undefined): void;
  /** A rule says that the circuit must open. Left out when it does not go by them. */
  readonly trip?: Change;
  /** When a refused call may come back; infinity when time does not tell. Left out when at any time. */
  readonly untilMs?: number;
  /** Held by hand: only a release changes it. */
  readonly isHeld?: boolean;
  /** What a call is refused with. Default: CIRCUIT_OPEN. */
  readonly fault?: (context: Refused, options: { readonly operationId: string | undefined }) => Fault;
  /** What is to be seen of it, beside what was counted and how long it is. */
  view?(nowMs: number): object;
}

/** @internal Something that happens to a circuit. */
export type Change = (circuit: Circuit, reason: BreakerReason, nowMs: number) => void;

/** What a service has said of its limits. Made by `rateLimited` and `quotaExhausted`. */
export type ServiceLimit = (circuit: Circuit) => void;

/** @internal What a breaker, or all breakers of a `keyedBreakers`, go by: their options, settled. */
export interface BreakerRules {
  readonly name: string;
  clock: Clock | undefined;
  random?: Random;
  changed: SignalChannel<BreakerTransition & { readonly breaker: string }> | undefined;
  /** Hears of each change of state. */
  readonly onChange: ((circuit: Circuit) => void) | undefined;
  readonly trip: readonly TripRule[];
  readonly openMs: number | ((timesOpened: number, random: Random) => number);
  readonly halfOpenProbes: number;
  readonly halfOpenSuccessRatio: number;
  readonly probeDeadlineMs: number;
  readonly ramp: Change | undefined;
  readonly isFailure: ((error: unknown) => boolean) | undefined;
  readonly isFailureResult: ((result: unknown) => boolean) | undefined;
  readonly limitOf: ((error: unknown) => ServiceLimit | undefined) | undefined;
}
