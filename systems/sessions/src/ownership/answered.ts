import type { Clock } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores';

/** What comes of `asked`; STORE_UNAVAILABLE when the store takes longer. What it was asked may still happen then. */
export function answered<T>(asked: Promise<T>, store: string, patienceMs: number, clock: Clock): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () =>
      reject(storeFaults.STORE_UNAVAILABLE({ store, reason: `no answer in ${patienceMs} ms` }));
    const timer = clock.schedule(patienceMs, giveUp);
    asked.then(resolve, reject).finally(() => timer.cancel());
  });
}
