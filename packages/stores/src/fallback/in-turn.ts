import type { KeyLock } from '@sustain/kernel';

/**
 * @internal What `work` answers, which begins when nobody else holds the key. The signal ends the waiting: work that has not
 * begun does not, and what has begun goes on unheard, holding the key to its end.
 */
export function inTurn<T>(
  lock: KeyLock,
  key: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return signal === undefined ? lock.run(key, work) : inTurnUnless(signal, lock, key, work);
}

function inTurnUnless<T>(
  signal: AbortSignal,
  lock: KeyLock,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = lock.enter(key, (release) => {
      const end = () => {
        release();
        signal.removeEventListener('abort', abort);
      };
      work().then(
        (answer) => {
          end();
          resolve(answer);
        },
        (error) => {
          end();
          reject(error);
        },
      );
    });
    function abort() {
      leave();
      reject(signal.reason);
    }
    signal.addEventListener('abort', abort, { once: true });
  });
}
