import { isRetryableError } from '../../faults/index.ts';
import { COUNT, checkOption, checkOptions, FOREVER, FUNCTION, WAIT } from '../../options/index.ts';
import { type Call, type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import type { SpendingBudget } from '../retry-budget/index.ts';
import type { Backoff } from './backoff.ts';
import { exponential } from './exponential.ts';
import { retryAfterHeader } from './retry-after-header.ts';
import { type RetryExhaustedReason, retryExhausted, retryScheduled } from './retry-signals.ts';

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
  /**
   * An error, or a result that is not accepted, may ask for a wait: a fault by `retryAfterMs` in its context, an HTTP
   * answer by the header Retry-After, in seconds or as a date. It gets the wait when it is longer than the backoff, but no
   * longer than this, unless the backoff is. Give `maxElapsedMs` to rather give up. 0 or more; 0 heeds nobody. Default 60,000.
   */
  readonly maxRetryAfterMs?: number;
  /** What each further attempt is paid from: a `retryBudget()`, one for each dependency. Default: nothing is paid. */
  readonly budget?: SpendingBudget;
}

/**
 * Tries again what failed. Throws a RangeError or TypeError when an option is out of range. Belongs inside of a fallback
 * and of a timeout for the whole, outside of the breaker and of a timeout for each attempt.
 *
 * When no attempt is left, or the error is not to be retried, the run ends with the last error itself (or the last
 * result), not with a wrapper: who catches `CONNECTION_LOST` without a retry catches it with one, and how many
 * attempts there were is told by the signal `retry.exhausted`. Waits end at once when the run is stopped from
 * further out; a wait of 0 ms is none. No wait is begun that would end at the run's `deadlineMs` or later, and no
 * attempt is made after one that has passed on output (`attempt.progress('output')`).
 *
 * A refusal of a policy further in, such as an open circuit, is retried only if its fault says it is retryable.
 */
export function retry<T = never>(options: RetryOptions<T> = {}): Policy<never, Takes<T>> {
  const {
    maxAttempts = 3,
    backoff = exponential(),
    maxElapsedMs = FOREVER,
    retryOn,
    retryResult,
    maxRetryAfterMs = 60_000,
    budget,
  } = options as RetryOptions<unknown>;
  checkOptions('retry', {
    maxAttempts: [maxAttempts, COUNT],
    maxElapsedMs: [maxElapsedMs, { least: 0, above: true }],
    maxRetryAfterMs: [maxRetryAfterMs, WAIT],
  });
  const tryTake: unknown = budget && (budget.tryTake ?? null);
  checkOptions('retry', {
    backoff: [backoff, FUNCTION],
    retryOn: [retryOn, FUNCTION],
    retryResult: [retryResult, FUNCTION],
    'budget.tryTake': [tryTake, FUNCTION],
  });
  const timed = maxElapsedMs < FOREVER;

  function attach(level: number, { name: source, clock, random, signals }: Environment): Layer {
    const scheduled = signals.channel(retryScheduled);
    const exhausted = signals.channel(retryExhausted);

    function begin(call: Call, nowMs = 0): Retrying {
      const retrying = { endMs: nowMs + maxElapsedMs, attempts: 0, waitMs: 0 };
      call.remember(level, retrying);
      return retrying;
    }

    function recall(call: Call): Retrying | undefined {
      return call.recall(level) as Retrying | undefined;
    }

    /** How long to wait for the next attempt, or why there is none. */
    function decide(call: Call, retrying: Retrying, failure: unknown): number | RetryExhaustedReason {
      const attempts = ++retrying.attempts;
      if (call.delivered) return 'delivered';
      if (attempts >= maxAttempts) return 'attempts';
      const waitMs = backoff(attempts, random, retrying.waitMs);
      checkOption('backoff() of the retry', waitMs, WAIT);
      retrying.waitMs = waitMs;
      const askedMs = retryAfterHeader(failure, clock.wallMs()) as number;
      const delayMs = Math.max(waitMs, Math.min(askedMs, maxRetryAfterMs) || 0);
      const atMs = clock.monotonicMs() + delayMs;
      if (atMs > retrying.endMs) return 'elapsed';
      if (atMs >= (call.options.deadlineMs as number)) return 'deadline';
      return !budget || budget.tryTake() ? delayMs : 'budget';
    }

    function tryAgain(call: Call, failure: unknown, error?: unknown) {
      if (call.isStopped(level)) return call.cancel() as undefined;
      const retrying = recall(call) ?? begin(call);
      const next = decide(call, retrying, failure);
      const told = { attempts: retrying.attempts, error };
      const origin = { source, operationId: call.operationId };
      if (typeof next === 'number') {
        scheduled.emit({ ...told, delayMs: next }, origin);
        return call.again(level, next);
      }
      exhausted.emit({ ...told, reason: next }, origin);
      return undefined;
    }

    return layer({
      timed,
      // Where other hooks must see each success, no gate may count it.
      gate: timed || retryResult ? undefined : budget?.gate,
      enter: timed ? (call, nowMs) => void begin(call, nowMs) : undefined,
      succeeded:
        (retryResult || budget) &&
        ((call) => {
          if (!call.isStopped(level) && retryResult?.(call.value)) return tryAgain(call, call.value);
          budget?.deposit?.();
          return undefined;
        }),
      failed: (call) =>
        (retryOn ? retryOn(call.error) : (call.refusal?.retryable ?? isRetryableError(call.error)))
          ? tryAgain(call, call.error, call.error)
          : undefined,
      // All attempts after the first are paid.
      cancelled: budget && ((call) => void (recall(call)?.attempts && budget.giveBack?.())),
    });
  }

  return Object.freeze({ kind: 'retry', attach });
}

/** Without a predicate on results, T is left never, and all results are taken. */
type Takes<T> = [T] extends [never] ? unknown : T;

/** What a retry remembers of a call. */
interface Retrying {
  /** No wait is begun that would end later, on the monotonic time. */
  readonly endMs: number;
  /** That have failed. */
  attempts: number;
  /** The last wait of the backoff. */
  waitMs: number;
}
