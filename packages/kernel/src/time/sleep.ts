import type { Clock, SleepOptions } from './clock.ts';

/** Clock.sleep by means of Clock.schedule: shared by all clocks. */
export function sleepOn(
  clock: Pick<Clock, 'schedule'>,
  delayMs: number,
  { signal, ...options }: SleepOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    if (signal?.aborted) return stop();
    const onAbort = () => {
      timer.cancel();
      stop();
    };
    const timer = clock.schedule(
      delayMs,
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      options,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
