import type { Clock, SignalChannel, SignalSink } from '@sustain/kernel';
import type { ConflictRecords } from './conflict-records.ts';
import {
  type FallbackChange,
  fallbackChanged,
  fallbackReplayed,
  type ReplayProgress,
} from './fallback-signals.ts';
import type { FallbackState } from './fallback-state.ts';
import type { Pending } from './pending.ts';

export interface StandingOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly signals: SignalSink;
  readonly pending: Pending;
  readonly records: ConflictRecords;
}

/** @internal Where a fallback store stands, how it got there, and who is told. */
export class Standing {
  readonly #options: StandingOptions;
  readonly #changed: SignalChannel<FallbackChange>;
  readonly #progress: SignalChannel<ReplayProgress>;
  #state: FallbackState['state'] = 'opening';
  #sinceWallMs: number;
  #reason: string | undefined;
  #probesInRow = 0;
  #replayed = 0;
  #awaySinceMs = 0;
  #error: unknown;
  /** Of who waits for the journal to be in the primary. */
  #settling: PromiseWithResolvers<void> | undefined;

  constructor(options: StandingOptions) {
    this.#options = options;
    this.#changed = options.signals.channel(fallbackChanged);
    this.#progress = options.signals.channel(fallbackReplayed);
    this.#sinceWallMs = options.clock.wallMs();
  }

  get state(): FallbackState['state'] {
    return this.#state;
  }

  /** Since when the primary was away the last time, monotonic. */
  get awaySinceMs(): number {
    return this.#awaySinceMs;
  }

  go(to: FallbackState['state'], reason: string, error?: unknown): void {
    const { clock, pending, name } = this.#options;
    const from = this.#state;
    if (from === to || from === 'taken') return;
    if (to === 'away') this.#awaySinceMs = clock.monotonicMs();
    this.#state = to;
    this.#reason = reason;
    this.#error = error;
    this.#sinceWallMs = clock.wallMs();
    this.#probesInRow = 0;
    if (to === 'returning') this.#replayed = 0;
    if (to === 'primary') this.#settling?.resolve();
    if (to === 'taken') this.#settling?.reject(error);
    if (to === 'primary' || to === 'taken') this.#settling = undefined;
    this.#changed.emit({ from, to, reason, error, journalEntries: pending.entries }, { source: name });
  }

  /** Resolves when the primary has all, and does everything. Rejects when that will not be, or by `end`. */
  settled(): Promise<void> {
    if (this.#state === 'primary') return Promise.resolve();
    if (this.#state === 'taken') return Promise.reject(this.#error);
    this.#settling ??= Promise.withResolvers<void>();
    return this.#settling.promise;
  }

  /** Nobody waits any longer. */
  end(error: unknown): void {
    this.#settling?.reject(error);
    this.#settling = undefined;
  }

  couldNotOpen(reason: string): void {
    this.#reason = reason;
  }

  probed(inRow: number): void {
    this.#probesInRow = inRow;
  }

  /** One more write is no longer in the journal. */
  replayed(): void {
    const left = this.#options.pending.entries;
    this.#replayed++;
    if (left > 0 && this.#replayed % TOLD_EVERY !== 0) return;
    this.#progress.emit({ replayed: this.#replayed, left }, { source: this.#options.name });
  }

  describe(): FallbackState {
    const { pending, records } = this.#options;
    const state = this.#state;
    const sinceWallMs = this.#sinceWallMs;
    const reason = this.#reason ?? '';
    if (state === 'opening') return { state, sinceWallMs, reason: this.#reason };
    if (state === 'taken') return { state, sinceWallMs, reason };
    if (state === 'primary') return { state, sinceWallMs, conflicts: records.count };
    const journal = {
      sinceWallMs,
      reason,
      journalEntries: pending.entries,
      journalBytes: pending.sizeBytes,
      conflicts: records.count,
    };
    return state === 'away'
      ? { state, ...journal, probesInRow: this.#probesInRow }
      : { state, ...journal, replayed: this.#replayed };
  }
}

const TOLD_EVERY = 100;
