import type { Clock, SleepOptions } from './clock.ts';

/** Clock.sleep by means of Clock.schedule: shared by all clocks. */
export function sleepOn(
  clock: Pick<Clock, 'schedule'>,
  delayMs: number,
  options: SleepOptions = {},
): Promise<void> {
  const { signal, keepAlive = true } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const onTime = () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const timer = clock.schedule(delayMs, onTime, { keepAlive });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Throws a RangeError unless `delayMs` is a number of milliseconds that can be waited for. */
export function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a delay must be a finite number of milliseconds, 0 or more; got ${delayMs}`);
  }
}
