import { type Clock, systemClock } from '../../time/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import type { BreakerReason } from './breaker-transitions.ts';
import type { Circuit } from './circuit.ts';
import { judge } from './judge.ts';
import { retryAfterMsOf } from './phases.ts';
import type { Counted } from './trip-rule.ts';

/** What a breaker is doing, as plain data, to be shown, or kept and restored by `restoreBreaker`. */
export type BreakerState = {
  readonly name: string;
  /** When it was looked at, in Unix milliseconds. */
  readonly seenWallMs: number;
  /** Why it is in its state; undefined when it always was. */
  readonly reason: BreakerReason | undefined;
  /** How often it has opened since it was last closed, or held by hand. */
  readonly timesOpened: number;
  /** The calls that it has let through since it is in its state and that have not ended; while half-open, the probes. */
  readonly inFlight: number;
} & (
  | {
      readonly state: 'open' | 'half-open' | 'rate-limited' | 'quota-exhausted' | 'isolated';
      /** What is left of the wait; 0 when it is over, null when time does not tell. */
      readonly retryAfterMs: number | null;
    }
  | ({ readonly state: 'closed' } & CountedUntilNow)
  | ({
      readonly state: 'recovering';
      /** The share of calls that pass now. */
      readonly share: number;
    } & CountedUntilNow)
  | ({
      readonly state: 'forced-closed';
      /** Why it would have opened, the last time that it would have. */
      readonly wouldOpen: BreakerReason | undefined;
    } & CountedUntilNow)
);

interface CountedUntilNow {
  readonly failuresInARow: number;
  /** What each rule of `trip` has counted, in the order in which they were given. */
  readonly counted: readonly Counted[];
}

/** What `breaker` is doing. A call that hangs may be found too slow by this, as by another call. */
export function breakerState(breaker: BreakerControls): BreakerState {
  const circuit = breaker as Circuit;
  const clock = clockOf(breaker);
  const nowMs = clock.monotonicMs();
  if (circuit.phase.trip) judge(circuit, nowMs);
  const { name, phase, reason, timesOpened, gate, failuresInARow, tallies } = circuit;
  return {
    name,
    seenWallMs: clock.wallMs(),
    state: phase.state,
    reason,
    timesOpened,
    inFlight: gate.active,
    ...(phase.trip
      ? {
          failuresInARow,
          counted: tallies.map(({ calls, failures }) => ({ calls, failures })),
        }
      : { retryAfterMs: retryAfterMsOf(circuit) }),
    ...phase.view?.(nowMs),
  } as BreakerState;
}

/** @internal The host's, when no pipeline has lent it another. */
export function clockOf(breaker: BreakerControls): Clock {
  const { rules } = breaker as Circuit;
  rules.clock ??= systemClock;
  return rules.clock;
}
