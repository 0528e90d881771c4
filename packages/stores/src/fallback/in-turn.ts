import type { KeyLock } from '@sustain/kernel';

/**
 * @internal What `work` answers, which begins when nobody else holds the key; `isAtOnce`: still in this call. The signal
 * ends the waiting: work that has not begun does not, and what has begun goes on unheard, holding the key to its end.
 */
export function inTurn<T>(
  lock: KeyLock,
  key: string,
  work: (isAtOnce: boolean) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isAtOnce = true;
    const end = () => signal?.removeEventListener('abort', abort);
    const leave = lock.enter(key, (release) => {
      const working = work(isAtOnce);
      working.then(release, release);
      working.then(resolve, reject).finally(end);
    });
    isAtOnce = false;
    function abort() {
      leave();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** What `promise` comes to, unless the signal aborts before. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
