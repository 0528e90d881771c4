import type { Fault, FaultOptions } from '../../faults/index.ts';
import type { SignalChannel } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import { changes, Gate, NO_LIMIT } from '../pipeline/index.ts';
import type { BreakerControls, ServiceLimit } from './breaker-controls.ts';
import type { Refused } from './breaker-faults.ts';
import type { BreakerReason, BreakerStateName, BreakerTransition } from './breaker-transitions.ts';
import type { CallInFlight, Tally, TripRule } from './trip-rule.ts';

/**
 * @internal The state of one dependency. What time changes is changed when the next call comes. Small, because there may
 * be one for each of many keys: what those have in common is in the rules, and what a state needs in its phase.
 */
export interface Circuit extends BreakerControls {
  readonly key: string;
  readonly rules: BreakerRules;
  /**
   * Lets calls pass while the phase does and nothing has to see them, and counts their successes. Its active calls are
   * all that were admitted since the last change: while half-open, the probes.
   */
  readonly gate: Gate;
  phase: Phase;
  /** Why it is in this phase; undefined when it always was. */
  reason: BreakerReason | undefined;
  /** Since it was last closed. */
  timesOpened: number;
  failuresInARow: number;
  /** What each of the rules has counted. */
  tallies: readonly Tally[];
  /** Those who hold it by hand, when anybody ever has: what they want it to do. */
  holds?: Set<Phase>;
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
  /** Calls are refused until then; infinity when time does not tell. Left out when not only time tells. */
  readonly untilMs?: number;
  /** Whether one more call may pass. Left out when all pass that are not refused by the time. */
  admits?(nowMs: number): boolean;
  /** A call that was admitted has ended. */
  judge?(isFailure: boolean): void;
  /** It must open, by what was counted. Left out when it does not go by that. */
  readonly trip?: Change;
  /** What a call is refused with. Default: CIRCUIT_OPEN. */
  readonly fault?: ((context: Refused, options: FaultOptions) => Fault) | undefined;
  /** What else is to be seen of it. */
  view?(nowMs: number): object;
}

/** @internal Something that happens to a circuit. */
export type Change = (circuit: Circuit, reason: BreakerReason) => void;

/** @internal What a breaker, or all breakers of a `keyedBreakers`, go by: their options, settled. */
export interface BreakerRules {
  /** As they were given. */
  readonly options: { readonly name: string };
  /** There when a call comes, as all calls come from pipelines. */
  clock?: Clock | undefined;
  random?: Random;
  changed?: SignalChannel<BreakerTransition> | undefined;
  /** Hears of each change of state. */
  onChange?: (circuit: Circuit) => void;
  readonly consecutive: number;
  readonly trip: readonly TripRule[];
  readonly openMs: (timesOpened: number, random: Random) => number;
  readonly halfOpenProbes: number;
  readonly halfOpenSuccessRatio: number;
  readonly probeDeadlineMs: number;
  readonly mayProbe: ((breaker: BreakerControls) => boolean) | undefined;
  /** How it closes. */
  readonly ramp: Change;
  readonly isFailure: ((error: unknown) => boolean | ServiceLimit | undefined) | undefined;
  readonly isFailureResult: ((result: unknown) => boolean) | undefined;
}

/** @internal */
export function createCircuit(rules: BreakerRules, phase: Phase, name: string, key = ''): Circuit {
  const gate = new Gate();
  const circuit: Circuit = {
    name,
    key,
    rules,
    gate,
    phase,
    reason: undefined,
    timesOpened: 0,
    failuresInARow: 0,
    tallies: [],
  };
  gate.limit = NO_LIMIT;
  countAnew(circuit);
  return circuit;
}

/** @internal */
export function become(circuit: Circuit, phase: Phase, reason: BreakerReason): void {
  const { name, gate, rules } = circuit;
  const from = circuit.phase.state;
  const to = phase.state;
  circuit.phase = phase;
  circuit.reason = reason;
  gate.active = 0;
  gate.changed = ++changes.count;
  countAnew(circuit);
  rules.onChange?.(circuit);
  if (from !== to) rules.changed?.emit({ from, to, reason }, { source: name });
}

/** @internal Forgets what was counted. The next call is looked at: it tells how long the gate can be open. */
export function countAnew(circuit: Circuit): void {
  const { gate, rules } = circuit;
  circuit.failuresInARow = gate.successes = gate.untilMs = 0;
  circuit.tallies = rules.trip.map((rule) => rule.begin());
}
