import type { Signals } from '../../signals/index.ts';
import type { Clock } from '../../time/index.ts';
import { checkNumber } from '../check-number.ts';

export interface BreakerWindow {
  /** How far back calls count. Above 0. */
  readonly durationMs: number;
  /** In how many steps the window moves on. A whole number from 1 to 1000. Default 10. */
  readonly buckets?: number;
  /** The share of failures from which on the breaker opens. Above 0, up to 1. */
  readonly failureRatio: number;
  /** Fewer calls than this in the window are no evidence. A whole number, 1 or more. */
  readonly minimumCalls: number;
}

export interface BreakerOptions<T = never> {
  /** Whose circuit it is, in signals and faults: the dependency. */
  readonly name: string;
  /** Opens after so many failures in a row. A whole number, 1 or more. Default 5 without a window, else never. */
  readonly consecutive?: number;
  /** Opens on the share of failures among the calls of late. Default: none. Both may be given: either opens. */
  readonly window?: BreakerWindow;
  /** How long it stays open before it lets probes through. Above 0. Default 60,000. */
  readonly openMs?: number;
  /** How many calls pass as probes while half-open. A whole number, 1 or more. Default 1. */
  readonly halfOpenProbes?: number;
  /** The share of probes that must succeed for it to close. Above 0, up to 1. Default 1. */
  readonly halfOpenSuccessRatio?: number;
  /**
   * When all probes are out and the last of them has had no result for so long, the breaker opens again: probes
   * that hang do not keep it half-open. Above 0. Default: `openMs`.
   */
  readonly probeDeadlineMs?: number;
  /**
   * Whether an error speaks against the dependency. An error that does not counts as a success. Default: all do, save
   * a cancellation (an AbortError), which counts as nothing.
   */
  readonly isFailure?: (error: unknown) => boolean;
  /** Whether a result speaks against it, for work that fails without throwing. Default: none does. */
  readonly isFailureResult?: (result: T) => boolean;
  /** Default: that of the first pipeline it is used in. All its pipelines must have the same. */
  readonly clock?: Clock;
  /** Where `breaker.changed` is told. Default: the signals of the first pipeline it is used in. */
  readonly signals?: Signals;
}

/** The numbers and predicates of a breaker, checked and with their defaults. */
export type BreakerRules = ReturnType<typeof checkBreakerOptions>;

/** Throws a RangeError or TypeError that says which option of which breaker is wrong, what was got and what is allowed. */
export function checkBreakerOptions(options: BreakerOptions<unknown>) {
  const { name, window, openMs = 60_000 } = options;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`the name of a breaker must be a text that is not empty; got ${String(name)}`);
  }
  const rules = {
    name,
    consecutive: options.consecutive ?? (window === undefined ? 5 : undefined),
    window: window && { buckets: 10, ...window },
    openMs,
    halfOpenProbes: options.halfOpenProbes ?? 1,
    halfOpenSuccessRatio: options.halfOpenSuccessRatio ?? 1,
    probeDeadlineMs: options.probeDeadlineMs ?? openMs,
    isFailure: options.isFailure,
    isFailureResult: options.isFailureResult,
  };
  const check = (option: string, value: unknown, range: Parameters<typeof checkNumber>[2]) =>
    checkNumber(`${option} of the breaker ${name}`, value, range);
  const ratio = { least: 0, above: true, most: 1 };
  const duration = { least: 0, above: true, most: Number.MAX_SAFE_INTEGER };
  if (rules.consecutive !== undefined) check('consecutive', rules.consecutive, { least: 1, whole: true });
  if (rules.window !== undefined) {
    check('window.durationMs', rules.window.durationMs, duration);
    check('window.buckets', rules.window.buckets, { least: 1, most: 1000, whole: true });
    check('window.failureRatio', rules.window.failureRatio, ratio);
    check('window.minimumCalls', rules.window.minimumCalls, { least: 1, whole: true });
  }
  check('openMs', openMs, duration);
  check('halfOpenProbes', rules.halfOpenProbes, { least: 1, whole: true });
  check('halfOpenSuccessRatio', rules.halfOpenSuccessRatio, ratio);
  check('probeDeadlineMs', rules.probeDeadlineMs, duration);
  return rules;
}
