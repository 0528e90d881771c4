import type { Clock, SleepOptions } from './clock.ts';

/** Clock.sleep by means of Clock.schedule: shared by all clocks. */
export function sleepOn(
  clock: Pick<Clock, 'schedule'>,
  delayMs: number,
  options: SleepOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    signal?.throwIfAborted();
    const end = () => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = clock.schedule(delayMs, end, options);
    signal?.addEventListener('abort', end);
  });
}
