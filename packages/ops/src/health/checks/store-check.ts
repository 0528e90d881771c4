import { type Clock, type Random, systemClock, systemRandom } from '@sustain/kernel';
import { checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { Store } from '@sustain/stores/contract';
import type { HealthCheck, HealthResult } from '../health-check.ts';
import { CACHE_OF_WRITES_MS, type CheckOptions, ownFields } from './check-options.ts';

export interface StoreCheckOptions extends CheckOptions {
  /** From which duration of the three operations on it is degraded. Milliseconds, above 0. Default 500. */
  readonly slowMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What is left behind of a look that was cut off, by the store itself. */
const LEFT_BEHIND_MS = 60_000;

/**
 * Whether a store keeps what it is given: sets, gets and deletes a key of its own, `health/<random>`. What it takes longer
 * than the check's timeout is unhealthy, as are all its errors.
 */
export function storeCheck(store: Store, options: StoreCheckOptions = {}): HealthCheck {
  const { slowMs = 500, clock = systemClock, random = systemRandom } = options;
  checkOptions('storeCheck', { slowMs: [slowMs, POSITIVE] });
  const key = `health/${Math.floor(random.next() * 2 ** 52).toString(36)}`;
  let looks = 0;
  return {
    ...ownFields(options, { name: `store-${store.name}`, cacheMs: CACHE_OF_WRITES_MS }),
    async check(signal): Promise<HealthResult> {
      const beganMs = clock.monotonicMs();
      const written = ++looks;
      await store.set(key, written, { signal, ttlMs: LEFT_BEHIND_MS });
      const read = await store.get<number>(key, { signal });
      if (read?.value !== written) {
        const what = read === undefined ? 'nothing' : 'something else';
        return { status: 'unhealthy', message: `${store.name} answered ${what} for what was just written` };
      }
      await store.delete(key, { signal });
      const durationMs = clock.monotonicMs() - beganMs;
      const observed = { value: Math.round(durationMs * 10) / 10, unit: 'ms' };
      if (durationMs < slowMs) return { status: 'healthy', observed };
      const message = `${store.name} took ${Math.round(durationMs)} ms to write, read and delete (slow from ${slowMs} ms on)`;
      return { status: 'degraded', message, observed };
    },
  };
}
