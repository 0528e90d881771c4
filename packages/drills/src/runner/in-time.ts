import type { Clock } from '@sustain/kernel';
import { DoesNotHold } from './verdict.ts';

/** For what is no recovery: starting, breaking, mending, closing. */
export const PATIENCE_MS = 30_000;

/** Waits for work that should have ended long before. Rejects with DoesNotHold: `otherwise`, and within which time. */
export function inTime<T>(clock: Clock, otherwise: string, work: () => Promise<T> | T): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new DoesNotHold(`${otherwise} within ${PATIENCE_MS} ms`));
  const timer = clock.schedule(PATIENCE_MS, giveUp);
  return Promise.race([(async () => work())(), late]).finally(() => timer.cancel());
}
