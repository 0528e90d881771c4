import { defineSignal, type SignalType } from '@sustain/kernel';

export interface Corrupted {
  readonly key: string;
  readonly reason: string;
  /** Under which key a copy is kept; null when it could not be. */
  readonly quarantinedAs: string | null;
}

/** What a store has under a key is not what was written. Told once for each revision that is met, of the first 1000. */
export const storeCorrupted: SignalType<Corrupted> = defineSignal('store.corrupted');

/** A server can be reached, or no longer. Told when it changes. */
export const storeAvailability: SignalType<{
  readonly state: 'available' | 'unavailable';
  readonly reason: string;
}> = defineSignal('store.availability');
