import type { Clock, SignalSink } from '@sustain/kernel';
import type { AdkSessionsState } from '../sessions-state.ts';
import { adkSessionsChanged } from './adk-signals.ts';

/** @internal Where the service stands, and since when. Tells each change. */
export class Standing {
  readonly #clock: Clock;
  readonly #changed;
  readonly #journal: JournalFigures;
  #now: { readonly state: AdkSessionsState['state']; readonly sinceWallMs: number; readonly reason: string };
  /** Monotonic time at which it went away, the last time. */
  awaySinceMs = 0;

  constructor(clock: Clock, signals: SignalSink, journal: JournalFigures = NO_JOURNAL) {
    this.#clock = clock;
    this.#changed = signals.channel(adkSessionsChanged);
    this.#journal = journal;
    this.#now = { state: 'normal', sinceWallMs: clock.wallMs(), reason: '' };
  }

  get state(): AdkSessionsState['state'] {
    return this.#now.state;
  }

  get reason(): string {
    return this.#now.reason;
  }

  go(to: AdkSessionsState['state'], reason: string): void {
    const from = this.#now.state;
    if (from === to) return;
    if (from === 'normal') this.awaySinceMs = this.#clock.monotonicMs();
    this.#now = { state: to, sinceWallMs: this.#clock.wallMs(), reason };
    this.#changed.emit({ from, to, reason, journalEntries: this.#journal.size }, { source: SOURCE });
  }

  describe(): AdkSessionsState {
    const { state, sinceWallMs, reason } = this.#now;
    const { size: journalEntries, damaged: damagedRecords } = this.#journal;
    if (state === 'normal') return { state, sinceWallMs, damagedRecords };
    return { state, sinceWallMs, damagedRecords, reason, journalEntries };
  }
}

/** @internal Who tells signals. */
export const SOURCE = 'sessions.adk';

interface JournalFigures {
  readonly size: number;
  readonly damaged: readonly string[];
}

const NO_JOURNAL: JournalFigures = { size: 0, damaged: [] };
