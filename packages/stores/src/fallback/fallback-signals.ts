import { defineSignal, type SignalType } from '@sustain/kernel';
import type { Conflict } from './conflict-records.ts';
import type { FallbackState } from './fallback-state.ts';

export interface FallbackChange {
  readonly from: FallbackState['state'];
  readonly to: FallbackState['state'];
  readonly reason: string;
  /** What says so, where it has gone to `away` or `taken`. */
  readonly error?: unknown;
  /** What is acknowledged and not yet in the primary. */
  readonly journalEntries: number;
}

/** A fallback store has gone from one state to another. */
export const fallbackChanged: SignalType<FallbackChange> = defineSignal('fallback.changed');

/** Writes that have left the journal since the primary is back, and those that are still in it. */
export interface ReplayProgress {
  readonly replayed: number;
  readonly left: number;
}

/** How far a return has come. Told after every hundred writes, and at the end. */
export const fallbackReplayed: SignalType<ReplayProgress> = defineSignal('fallback.replayed');

/** An acknowledged write has met what others wrote meanwhile. Both sides are in the record of that id. */
export const fallbackConflict: SignalType<
  Pick<Conflict, 'id' | 'key' | 'operationId' | 'rule' | 'stays' | 'reason'>
> = defineSignal('fallback.conflict');
