import { defineSignal, type SignalType } from '@sustain/kernel';
import type { SessionKey } from '../../session/index.ts';
import type { AdkSessionsState } from '../sessions-state.ts';
import type { Conflict } from './conflict.ts';

export interface AdkChange {
  readonly from: AdkSessionsState['state'];
  readonly to: AdkSessionsState['state'];
  readonly reason: string;
  /** Writes that are acknowledged and not yet in ADK's service. */
  readonly journalEntries: number;
}

/** ADK's service is away, or back, or has got what the journal had. */
export const adkSessionsChanged: SignalType<AdkChange> = defineSignal('sessions.adk.changed');

/** The journal of a session has been brought in: so many writes, and how many of other sessions are left. */
export const adkSessionsReplayed: SignalType<{ readonly replayed: number; readonly left: number }> =
  defineSignal('sessions.adk.replayed');

export interface AdkSessionLeft {
  readonly key: SessionKey;
  /** Writes of it that are acknowledged and not yet in ADK's service. */
  readonly entries: number;
  readonly reason: string;
}

/**
 * ADK's service is back, and this one session cannot be brought in. It goes on in the journal, which is tried again from time to
 * time; this is told once, until it has been brought in.
 */
export const adkSessionLeft: SignalType<AdkSessionLeft> = defineSignal('sessions.adk.left');

/** An acknowledged write has met what others have done meanwhile. Both sides are in the record of that id. */
export const adkSessionConflict: SignalType<Pick<Conflict, 'id' | 'key' | 'stays' | 'reason'>> =
  defineSignal('sessions.adk.conflict');
