import { checkNumber } from '../check-number.ts';
import { type Call, type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import { type Backoff, exponential } from './backoff.ts';
import { retryExhausted, retryScheduled } from './retry-signals.ts';
import { isRetryable } from './retryable.ts';

export interface RetryOptions<T = never> {
  /** Attempts in all, the first one included. A whole number, 1 or more. Default 3. */
  readonly maxAttempts?: number;
  /** How long to wait between attempts. Default `exponential()`: 100 ms, 200 ms …, full jitter. */
  readonly backoff?: Backoff;
  /** No wait is begun that would end later than this after the first attempt began. Above 0. Default: no limit. */
  readonly maxElapsedMs?: number;
  /** Whether to try again after this error. Default `isRetryable`. */
  readonly retryOn?: (error: unknown) => boolean;
  /** Whether to try again after this result: for work that fails without throwing. Default: every result is good. */
  readonly retryResult?: (result: T) => boolean;
}

/**
 * Tries again what failed. Throws a RangeError or TypeError when an option is out of range.
 *
 * When no attempt is left, or the error is not to be retried, the run ends with the last error itself (or the last
 * result), not with a wrapper: who catches `CONNECTION_LOST` without a retry catches it with one, and how many
 * attempts there were is told by the signal `retry.exhausted`. Waits end at once when the run is stopped from
 * further out; a wait of 0 ms is none.
 *
 * A refusal of a policy further in, such as an open circuit, is retried only if its fault says it is retryable.
 */
export function retry<T = never>(options: RetryOptions<T> = {}): Policy<never, Takes<T>> {
  const settings = {
    maxAttempts: options.maxAttempts ?? 3,
    backoff: options.backoff ?? exponential(),
    maxElapsedMs: options.maxElapsedMs ?? Number.POSITIVE_INFINITY,
    retryOn: options.retryOn,
    retryResult: options.retryResult as ((result: unknown) => boolean) | undefined,
  };
  checkNumber('maxAttempts of a retry', settings.maxAttempts, { least: 1, whole: true });
  checkNumber('maxElapsedMs of a retry', settings.maxElapsedMs, { least: 0, above: true });
  for (const name of ['backoff', 'retryOn', 'retryResult'] as const) {
    const value: unknown = settings[name];
    if (value === undefined || typeof value === 'function') continue;
    throw new TypeError(`${name} of a retry must be a function; got ${typeof value}`);
  }
  return Object.freeze({
    kind: 'retry',
    attach: (level: number, environment: Environment) => attach(settings, level, environment),
  });
}

/** Without a predicate on results, T is left never, and all results are taken. */
type Takes<T> = [T] extends [never] ? unknown : T;

interface Settings {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly maxElapsedMs: number;
  readonly retryOn: ((error: unknown) => boolean) | undefined;
  readonly retryResult: ((result: unknown) => boolean) | undefined;
}

/** What a retry remembers of a call. */
interface Retrying {
  /** When the first attempt began; 0 when that does not matter. */
  readonly startedMs: number;
  attempts: number;
}

function attach(settings: Settings, level: number, environment: Environment): Layer {
  const { maxAttempts, backoff, maxElapsedMs, retryOn, retryResult } = settings;
  const { name: source, clock, random, signals } = environment;
  const scheduled = signals.channel(retryScheduled);
  const exhausted = signals.channel(retryExhausted);
  const isTimed = maxElapsedMs < Number.POSITIVE_INFINITY;

  function begin(call: Call, startedMs: number): Retrying {
    const retrying = { startedMs, attempts: 0 };
    call.remember(level, retrying);
    return retrying;
  }

  function tryAgain(call: Call, why: { readonly error?: unknown }): Promise<unknown> | undefined {
    const retrying = (call.recall(level) as Retrying | undefined) ?? begin(call, 0);
    const attempts = ++retrying.attempts;
    const { operationId } = call;
    const giveUp = (reason: 'attempts' | 'elapsed') => {
      if (exhausted.heard) exhausted.emit({ attempts, reason, ...why }, { source, operationId });
      return undefined;
    };
    if (attempts >= maxAttempts) return giveUp('attempts');
    const delayMs = backoff(attempts, random);
    checkNumber('what the backoff of a retry answers', delayMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
    if (isTimed && clock.monotonicMs() - retrying.startedMs + delayMs > maxElapsedMs)
      return giveUp('elapsed');
    if (scheduled.heard) scheduled.emit({ attempts, delayMs, ...why }, { source, operationId });
    return call.again(level, delayMs);
  }

  function isWanted(call: Call): boolean {
    if (retryOn !== undefined) return retryOn(call.error);
    return call.refusal !== undefined ? call.refusal.retryable : isRetryable(call.error);
  }

  return layer({
    timed: isTimed,
    enter: isTimed
      ? (call, nowMs) => {
          begin(call, nowMs);
          return undefined;
        }
      : undefined,
    succeeded:
      retryResult &&
      ((call) => (!call.isStopped(level) && retryResult(call.value) ? tryAgain(call, {}) : undefined)),
    failed: (call) => {
      return isWanted(call) ? tryAgain(call, { error: call.error }) : undefined;
    },
  });
}
