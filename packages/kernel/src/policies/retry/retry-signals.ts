import { defineSignal } from '../../signals/index.ts';

/** Another attempt follows in `delayMs`. */
export const retryScheduled = defineSignal<{
  /** Attempts made under this retry so far. */
  readonly attempts: number;
  readonly delayMs: number;
  /** Why: what the last attempt failed of. Absent when it answered a result that was not accepted. */
  readonly error?: unknown;
}>('retry.scheduled');

/** Another attempt was called for, but none is left. */
export const retryExhausted = defineSignal<{
  readonly attempts: number;
  /** `attempts`: all are used. `elapsed`: the next wait would end after `maxElapsedMs`. */
  readonly reason: 'attempts' | 'elapsed';
  /** What the last attempt failed of. Absent when it answered a result that was not accepted. */
  readonly error?: unknown;
}>('retry.exhausted');
