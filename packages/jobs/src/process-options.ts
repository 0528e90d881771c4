import { type Backoff, exponential, isRetryableError, type Random } from '@sustain/kernel';
import { COUNT, checkOptions, FUNCTION, WAIT } from '@sustain/kernel/options';
import type { ProcessOptions } from './contract.ts';

/** @internal With the defaults filled in. */
export interface SettledProcessOptions {
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly retryOn: (error: unknown) => boolean;
}

/** @internal Throws a RangeError or TypeError when an option is out of range. */
export function settleProcessOptions(options: ProcessOptions = {}): SettledProcessOptions {
  const { concurrency = 1, maxAttempts = 3 } = options;
  const { backoff = exponential({ baseMs: 1000 }), retryOn = isRetryableError } = options;
  checkOptions('processing', {
    concurrency: [concurrency, COUNT],
    maxAttempts: [maxAttempts, COUNT],
    backoff: [backoff, FUNCTION],
    retryOn: [retryOn, FUNCTION],
  });
  return { concurrency, maxAttempts, backoff, retryOn };
}

/** @internal What comes after an attempt that failed: another one, or none, and why. */
export type RetryDecision =
  | { readonly next: 'retry'; readonly delayMs: number }
  | { readonly next: 'dead'; readonly reason: 'attempts' | 'not-retryable' };

/** @internal A backoff or a predicate of the user that throws, or answers no time, makes the job dead. */
export function decideRetry(
  error: unknown,
  attempt: number,
  { maxAttempts, backoff, retryOn }: SettledProcessOptions,
  random: Random,
): RetryDecision {
  if (attempt >= maxAttempts) return { next: 'dead', reason: 'attempts' };
  try {
    if (!retryOn(error)) return { next: 'dead', reason: 'not-retryable' };
    const delayMs = backoff(attempt, random);
    checkOptions('processing', { 'backoff()': [delayMs, WAIT] });
    return { next: 'retry', delayMs: Math.round(delayMs) };
  } catch {
    return { next: 'dead', reason: 'not-retryable' };
  }
}
