import { COUNT, checkFunctions, checkOptions, POSITIVE } from '../../options/index.ts';
import type { SignalChannel, SignalSink } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import { type BreakerTransition, breakerChanged } from './breaker-state.ts';
import { consecutive } from './consecutive.ts';
import type { Phased } from './phase.ts';
import type { Ramp } from './ramp.ts';
import { RATIO } from './ratio.ts';
import type { ServiceLimit } from './service-limit.ts';
import type { TripRule } from './trip-rule.ts';

/** @internal */
export const DEFAULT_OPEN_MS = 60_000;

/** What may be changed while the breaker is in use. */
export interface BreakerSettings<T = never> {
  /** Opens after so many failures in a row: short for `trip: consecutive(n)`. Default 5 without `trip`, else never. */
  readonly consecutive?: number;
  /** When it opens: `consecutive`, `timeWindow`, `countWindow`, `slowCalls`, or several: any of them opens it. */
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
  readonly ramp?: Ramp;
  /**
   * Whether an error speaks against the dependency. An error that does not counts as a success. Default: all do, save
   * a cancellation (an AbortError), which counts as nothing.
   */
  readonly isFailure?: (error: unknown) => boolean;
  /** Whether a result speaks against it, for work that fails without throwing. Default: none does. */
  readonly isFailureResult?: (result: T) => boolean;
  /**
   * What an error tells of the service's limits: `rateLimited(ms)`, `quotaExhausted()`, or undefined. An error that does
   * tell of one counts as nothing, and the breaker refuses calls until the limit is over. Default: none does.
   */
  readonly limitOf?: (error: unknown) => ServiceLimit | undefined;
}

export interface BreakerOptions<T = never> extends BreakerSettings<T> {
  /** Whose circuit it is, in signals and faults: the dependency. */
  readonly name: string;
  /**
   * Default: that of the first pipeline it is used in, or the host's if it needs one before. All its pipelines must
   * have the same.
   */
  readonly clock?: Clock;
  /** Where `breaker.changed` is told. Default: the signals of the first pipeline it is used in. */
  readonly signals?: SignalSink;
}

/** @internal What a breaker, or all breakers of a `keyedBreakers`, go by. */
export interface BreakerRules extends ReturnType<typeof checked> {
  readonly name: string;
  clock: Clock | undefined;
  random: Random | undefined;
  changed: SignalChannel<BreakerTransition & { readonly breaker: string }> | undefined;
  /** Whether a pipeline does not tell its gate the time. */
  isUntimed: boolean;
  /** Hears of each change of state. */
  readonly onChange: ((circuit: Phased) => void) | undefined;
}

/** @internal Throws a RangeError or TypeError that says which option of which breaker is wrong, and what is allowed. */
export function breakerRules(
  options: BreakerOptions<unknown>,
  onChange?: BreakerRules['onChange'],
): BreakerRules {
  const { name, clock, signals } = options;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`the name of a breaker must be a text that is not empty; got ${String(name)}`);
  }
  const changed = signals?.channel(breakerChanged);
  return { ...checked(name, options), name, clock, random: undefined, changed, isUntimed: false, onChange };
}

/** @internal Gives some settings anew. Throws like `breakerRules`, and changes nothing then. */
export function changeRules(rules: BreakerRules, settings: BreakerSettings<unknown>): void {
  const trip = 'trip' in settings || 'consecutive' in settings ? [] : rules.trip;
  Object.assign(rules, checked(rules.name, { ...rules, trip, ...settings } as BreakerSettings<unknown>));
}

function checked(name: string, options: BreakerSettings<unknown>) {
  const { openMs = DEFAULT_OPEN_MS, halfOpenProbes = 1, halfOpenSuccessRatio = 1, trip = [] } = options;
  const { ramp, isFailure, isFailureResult, limitOf } = options;
  const fixedMs = typeof openMs === 'function' ? DEFAULT_OPEN_MS : openMs;
  const { probeDeadlineMs = fixedMs } = options;
  checkOptions(`breaker ${name}`, {
    openMs: [fixedMs, POSITIVE],
    halfOpenProbes: [halfOpenProbes, COUNT],
    halfOpenSuccessRatio: [halfOpenSuccessRatio, RATIO],
    probeDeadlineMs: [probeDeadlineMs, POSITIVE],
  });
  let rules = typeof trip === 'function' ? [trip] : trip;
  const inARow = options.consecutive ?? (rules.length > 0 ? undefined : 5);
  if (inARow !== undefined) rules = [consecutive(inARow), ...rules];
  const functions = { ramp, isFailure, isFailureResult, limitOf };
  checkFunctions('breaker', { ...functions, ...rules });
  return { ...functions, openMs, halfOpenProbes, halfOpenSuccessRatio, probeDeadlineMs, trip: rules };
}
