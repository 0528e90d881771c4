import { defineSignal } from '../../signals/index.ts';

/** An answer that is not fresh any more. */
export interface StaleAnswer {
  /** The name of the cache. */
  readonly cache: string;
  readonly key: string;
  /** How long ago it was answered. */
  readonly ageMs: number;
  /** `revalidating`: a fresh one is on its way. `error`: a fresh one could not be had. */
  readonly reason: 'revalidating' | 'error';
  /** What the work failed of, where it did. */
  readonly error?: unknown;
}

/** A caller got an answer that is not fresh any more. */
export const staleServed = defineSignal<StaleAnswer>('stale-cache.served');

/** A fresh answer could not be had in the background; the next call tries again. */
export const revalidationFailed = defineSignal<{
  readonly cache: string;
  readonly key: string;
  readonly error: unknown;
}>('stale-cache.revalidation-failed');
