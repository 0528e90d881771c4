import { type Signals, systemClock } from '@sustain/kernel';
import { type SharedBreaker, type Store, sharedBreaker } from '@sustain/stores';

/** As many as trips are measured: each trips once, and nobody waits for it to recover. */
const BREAKERS = 200;

/** In every process the same; a trip of one is a trip of all. */
export function sharedBreakers(store: Store, signals: Signals): SharedBreaker[] {
  return Array.from({ length: BREAKERS }, (_, at) =>
    sharedBreaker({ name: `bench-${at}`, store, signals, quorum: 1, consecutive: 1 }),
  );
}

/** Resolves when all know two instances. */
export async function together(breakers: readonly SharedBreaker[]): Promise<void> {
  while (breakers.some((breaker) => breaker.cluster().instances.length < 2)) await systemClock.sleep(5);
}
