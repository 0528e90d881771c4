import { COUNT, checkFunctions, checkOptions, POSITIVE } from '../../options/index.ts';
import type { SignalSink } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import { breakerChanged } from './breaker-state.ts';
import type { BreakerRules, Change, Circuit, ServiceLimit } from './circuit.ts';
import { consecutive } from './consecutive.ts';
import { countAnew, setGate } from './judge-calls.ts';
import { RATIO } from './ratio.ts';
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
  readonly ramp?: Change;
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

/** @internal Throws a RangeError or TypeError that says which option of which breaker is wrong, and what is allowed. */
export function breakerRules(
  options: BreakerOptions<unknown>,
  onChange?: BreakerRules['onChange'],
): BreakerRules {
  const { name, signals } = options;
  if (typeof name !== 'string' || !name) {
    throw new TypeError(`the name of the breaker must be a text that is not empty; got ${String(name)}`);
  }
  const rules = { changed: signals?.channel(breakerChanged), onChange } as BreakerRules;
  changeRules(rules, options, []);
  return rules;
}

/** @internal Gives some settings anew to circuits. Throws like `breakerRules`, and changes nothing then. */
export function changeRules(
  rules: BreakerRules,
  settings: BreakerSettings<unknown>,
  circuits: Iterable<Circuit>,
): void {
  const isAnew = 'trip' in settings || 'consecutive' in settings;
  const options = { ...rules, ...(isAnew && { trip: [] }), ...settings };
  const { name, openMs = DEFAULT_OPEN_MS, halfOpenProbes = 1, halfOpenSuccessRatio = 1 } = options;
  const { ramp, isFailure, isFailureResult, limitOf } = options;
  const fixedMs = typeof openMs === 'function' ? DEFAULT_OPEN_MS : openMs;
  const { probeDeadlineMs = fixedMs } = options;
  const trip = [options.trip ?? []].flat();
  const { consecutive: inARow = trip.length > 0 ? undefined : 5 } = options;
  if (inARow !== undefined) trip.unshift(consecutive(inARow));
  checkOptions(`breaker ${name}`, {
    openMs: [fixedMs, POSITIVE],
    halfOpenProbes: [halfOpenProbes, COUNT],
    halfOpenSuccessRatio: [halfOpenSuccessRatio, RATIO],
    probeDeadlineMs: [probeDeadlineMs, POSITIVE],
  });
  checkFunctions('breaker', { ramp, isFailure, isFailureResult, limitOf });
  for (const { begin = null } of trip as Partial<TripRule>[]) checkFunctions('trip rule', { begin });
  Object.assign(rules, options, {
    consecutive: undefined,
    trip,
    openMs,
    halfOpenProbes,
    halfOpenSuccessRatio,
    probeDeadlineMs,
  });
  for (const circuit of circuits) (isAnew ? countAnew : setGate)(circuit);
}
