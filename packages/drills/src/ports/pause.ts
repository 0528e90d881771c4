import type { Clock } from '@sustain/kernel';
import { FOREVER } from '@sustain/kernel/options';
import type { Ending } from './ending.ts';

/**
 * Waits for `delayMs` (FOREVER is allowed), at most until one of `endings`. Rejects with the reason of `signal` as soon
 * as it aborts, as code that obeys it does. Leaves neither a timer nor a listener behind.
 */
export function pause(
  clock: Clock,
  delayMs: number,
  endings: readonly Ending[],
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const done = () => {
      timer?.cancel();
      for (const forget of forgets) forget();
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    if (endings.some(({ ended }) => ended)) return resolve();
    const timer = delayMs < FOREVER ? clock.schedule(delayMs, done) : undefined;
    const forgets = endings.map((ending) => ending.onEnd(done));
    signal?.addEventListener('abort', done);
  });
}
