import { keyLock } from '@sustain/kernel';
import { Mutex } from 'async-mutex';
import type { BenchFigure } from '../bench-case.ts';
import { beside } from './beside.ts';

/** Taking a lock that nobody holds, and giving it back. Ours has keys; the rival is spared the map it would need. */
export function lockUncontended(): Promise<BenchFigure[]> {
  const lock = keyLock();
  const mutex = new Mutex();
  return beside({
    ours: async () => {
      const release = await lock.acquire('session-7');
      release();
    },
    'async-mutex': async () => {
      const release = await mutex.acquire();
      release();
    },
  });
}
