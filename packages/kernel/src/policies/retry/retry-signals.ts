import { defineSignal } from '../../signals/index.ts';

/** Another attempt follows in `delayMs`. */
export const retryScheduled = defineSignal<{
  /** Attempts made under this retry so far. */
  readonly attempts: number;
  readonly delayMs: number;
  /** Why: what the last attempt failed of. Undefined when it answered a result that was not accepted. */
  readonly error: unknown;
}>('retry.scheduled');

/**
 * Why a retry gave up. `delivered`: output is out that cannot be taken back. `attempts`: all are used. `elapsed`: the
 * next wait would end after `maxElapsedMs`. `deadline`: it would end after the run's `deadlineMs`. `budget`: the retry
 * budget is spent.
 */
export type RetryExhaustedReason = 'delivered' | 'attempts' | 'elapsed' | 'deadline' | 'budget';

/** Another attempt was called for, but there will be none. */
export const retryExhausted = defineSignal<{
  readonly attempts: number;
  readonly reason: RetryExhaustedReason;
  /** What the last attempt failed of. Undefined when it answered a result that was not accepted. */
  readonly error: unknown;
}>('retry.exhausted');
