import type { SignalSink } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import type { BreakerControls, ServiceLimit } from './breaker-controls.ts';
import type { Change } from './circuit.ts';
import type { TripRule } from './trip-rule.ts';

/** What may be changed while the breaker is in use. */
export interface BreakerSettings<T = never> {
  /** Opens after so many failures in a row. A whole number, 1 or more. Default 5 without `trip`, else never. */
  readonly consecutive?: number;
  /** When else it opens: `timeWindow`, `countWindow`, `slowCalls`, or several: any of them opens it. */
  readonly trip?: TripRule | readonly TripRule[];
  /**
   * How long it stays open before it lets probes through. Above 0. Default 60,000. Or a function of how often it has
   * opened since it was last closed, 1 or more: `exponential()` is one.
   */
  readonly openMs?: number | ((timesOpened: number, random: Random) => number);
  /** How many calls pass as probes while half-open. A whole number, 1 or more. Default 1. */
  readonly halfOpenProbes?: number;
  /** The share of probes that must succeed for it to close. Above 0, up to 1. Default 1. */
  readonly halfOpenSuccessRatio?: number;
  /**
   * When all probes are out and the last of them has had no result for so long, the breaker opens again: probes
   * that hang do not keep it half-open. Above 0. Default: `openMs` where that is a number, else 60,000.
   */
  readonly probeDeadlineMs?: number;
  /** How it closes after the probes: `ramp({ durationMs })` or, by default, at once for all calls. */
  readonly ramp?: Change;
  /**
   * Whether an error speaks against the dependency: if not, it counts as a success. Or what it tells of the limits of
   * the service, `rateLimited(ms)` or `quotaExhausted()`: it then counts as nothing, and the breaker refuses calls
   * until the limit is over. Default, and where it answers undefined: all errors do, save a cancellation (an
   * AbortError), which counts as nothing.
   */
  readonly isFailure?: (error: unknown) => boolean | ServiceLimit | undefined;
  /** Whether a result speaks against it, for work that fails without throwing. Default: none does. */
  readonly isFailureResult?: (result: T) => boolean;
}

export interface BreakerOptions<T = never> extends BreakerSettings<T> {
  /** Whose circuit it is, in signals and faults: the dependency. */
  readonly name: string;
  /**
   * Asked when the wait is over and a call has come, whether that may be a probe: where others look after the same
   * dependency, one may be enough. While it answers false, the breaker stays open, and asks again at the next call. It is
   * quick, and does not throw. Default: it always may.
   */
  readonly mayProbe?: (breaker: BreakerControls) => boolean;
  /**
   * Default: that of the first pipeline it is used in, or the host's if it needs one before. All its pipelines must
   * have the same.
   */
  readonly clock?: Clock;
  /** Where `breaker.changed` is told. Default: the signals of the first pipeline it is used in. */
  readonly signals?: SignalSink;
}
