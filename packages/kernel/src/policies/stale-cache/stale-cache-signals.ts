import { defineSignal } from '../../signals/index.ts';

/** An answer that is not fresh any more. */
export interface StaleAnswer {
  readonly key: string;
  /** How long ago it was answered. */
  readonly ageMs: number;
  /** What the work failed of, where a fresh answer could not be had; there is none while one is on its way. */
  readonly error?: unknown;
}

/** A caller got an answer that is not fresh any more. The source is the cache. */
export const staleServed = defineSignal<StaleAnswer>('stale-cache.served');

/** A fresh answer could not be had in the background; the next call tries again. The source is the cache. */
export const revalidationFailed = defineSignal<{
  readonly key: string;
  readonly error: unknown;
}>('stale-cache.revalidation-failed');
