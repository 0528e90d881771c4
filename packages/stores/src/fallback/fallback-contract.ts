import type { ListOptions, ReadOptions, Store } from '../contract.ts';
import type { ConflictPage } from './conflict-records.ts';
import type { FallbackState } from './fallback-state.ts';

/** A store that goes on while its primary is away: see `fallbackStore`. */
export interface FallbackStore extends Store {
  /** Where it stands now. */
  state(): FallbackState;
  /**
   * Resolves when the journal is empty and the primary does everything (`state` is `primary`), at once when that is so.
   * Rejects with STORE_CLOSED, with JOURNAL_TAKEN, or with the reason of the signal.
   */
  settled(options?: ReadOptions): Promise<void>;
  /** The records of conflicts, oldest first. `after`: `next` of the page before. */
  conflicts(options?: Pick<ListOptions, 'after' | 'limit'>): Promise<ConflictPage>;
  /** Removes a record that somebody has looked at. Whether it was there. */
  removeConflict(id: string): Promise<boolean>;
}
