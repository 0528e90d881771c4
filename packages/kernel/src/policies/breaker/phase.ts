import type { Fault } from '../../faults/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Gate } from '../pipeline/index.ts';
import type { Limited } from './breaker-faults.ts';
import type { BreakerReason, BreakerStateName } from './breaker-state.ts';
import type { CallInFlight, Counted, TripCounter } from './trip-rule.ts';

/** @internal What a circuit does while it is in one state. */
export interface Phase {
  readonly state: BreakerStateName;
  /** Whether calls pass, by the gate too. Otherwise `admits` says. */
  readonly passes?: boolean;
  /** Whether one more call may pass. Changes the phase when its time is over. */
  admits?(nowMs: number): boolean | undefined;
  /** A call that was admitted has ended, or a result was reported. */
  judge?(isFailure: boolean, nowMs: number, call: CallInFlight | undefined): void;
  /** A rule says that the circuit must open. */
  readonly trip?: Change;
  /** When a refused call may come back; infinity when time does not tell. Left out when at any time. */
  readonly untilMs?: number;
  /** What a call is refused with. Default: CIRCUIT_OPEN. */
  readonly fault?: (context: Limited, options: { readonly operationId: string | undefined }) => Fault;
  /** What is to be seen of it, beside its name and how long it is. */
  view?(nowMs: number, circuit: Phased): object;
}

/** @internal Something that happens to a circuit. */
export type Change = (circuit: Phased, reason: BreakerReason, nowMs: number) => void;

/** @internal A circuit, as its phases see it. */
export interface Phased {
  readonly name: string;
  readonly gate: Gate;
  readonly phase: Phase;
  /** Since it was last closed. */
  timesOpened: number;
  /** How many hold it by hand. */
  isolations: number;
  forcings: number;
  readonly clock: Clock;
  /** The counters of its rules, up to date. */
  countersAt(nowMs: number): readonly TripCounter[];
  counted(nowMs: number): readonly Counted[];
  become(phase: Phase, reason: BreakerReason): void;
  /** For `waitMs`, where that is known. */
  open(reason: BreakerReason, nowMs: number, waitMs?: number): void;
  /** Closes it, by the ramp where there is one. */
  close(reason: BreakerReason, nowMs: number): void;
  /** A wait is over. Answers whether the call that finds it so may pass. */
  tryAgain(nowMs: number): boolean | undefined;
}

/** @internal */
export const CLOSED: Phase = {
  state: 'closed',
  passes: true,
  trip: (circuit, reason, nowMs) => circuit.open(reason, nowMs),
  view: (nowMs, circuit) => ({ counted: circuit.counted(nowMs) }),
};
