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
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const onTimer = () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const timer = clock.schedule(delayMs, onTimer, options);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
