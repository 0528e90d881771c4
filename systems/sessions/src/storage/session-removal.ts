import { type Entry, type Page, type Revision, type Store, storeFaults } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';
import {
  type Head,
  headKey,
  LEFTOVERS,
  type Leftovers,
  type LogRecord,
  logKey,
  logOf,
} from '../layout/index.ts';
import type { Ownership } from '../ownership/index.ts';
import type { SessionKey } from '../session/index.ts';
import type { Doubts } from './in-doubt.ts';
import type { SessionMemory } from './session-memory.ts';
import type { WriteRights } from './write-rights.ts';

export interface RemovalOptions {
  readonly store: Store;
  readonly memory: SessionMemory;
  readonly ownership: Ownership;
  readonly rights: WriteRights;
  readonly doubts: Doubts;
}

/** A session that is to be removed: its names, which it is, and where its head stands. */
export interface Removed {
  readonly key: SessionKey;
  readonly incarnation: string;
  readonly headRevision: Revision;
}

/** How sessions go. To be called while the session's lock is held. */
export class SessionRemoval {
  readonly #options: RemovalOptions;

  constructor(options: RemovalOptions) {
    this.#options = options;
  }

  /** That a session's log is to be cleared away, once its head is no longer there. */
  async noteLeftovers({ key, incarnation }: Pick<Removed, 'key' | 'incarnation'>): Promise<void> {
    const { store, ownership } = this.#options;
    const leftovers: Leftovers = { headKey: headKey(key), by: ownership.mark };
    await store.set(LEFTOVERS + incarnation, leftovers);
  }

  /** Whether it was there. What its log has is cleared away later. */
  async remove(removed: Removed): Promise<boolean> {
    const { store, memory, rights, doubts } = this.#options;
    const { key, incarnation, headRevision: revision } = removed;
    const at = headKey(key);
    return rights.whileWriting([at, LEFTOVERS + incarnation], async () => {
      await this.noteLeftovers(removed);
      return memory.without(at, () => doubts.during(at, revision, () => store.delete(at, { revision })));
    });
  }

  /**
   * Removes a session whose log, or head, is damaged, and so cannot be opened. Undefined when there is none. What the log
   * of a damaged head has can no longer be found.
   */
  async removeDamaged(
    key: SessionKey,
    options: { readonly operation: string; readonly signal?: AbortSignal | undefined },
  ): Promise<Pick<Removed, 'incarnation'> | undefined> {
    const { store, ownership } = this.#options;
    const at = headKey(key);
    for (;;) {
      let entry: Entry<Head> | undefined;
      try {
        entry = await store.get<Head>(at, options);
      } catch (error) {
        if (!storeFaults.ENTRY_CORRUPTED.matches(error)) throw error;
        return (await store.delete(at)) ? { incarnation: '' } : undefined;
      }
      const ours = entry && (await ownership.acquire(entry, options));
      if (ours === undefined) return undefined;
      const { incarnation } = ours.value;
      if (await this.remove({ key, incarnation, headRevision: ours.revision })) return { incarnation };
    }
  }

  /** When a session with this head expires, by its log; 'unknown' while not all of that is known. */
  async expiryOf(
    head: Head,
    operation: string,
    signal?: AbortSignal,
  ): Promise<number | undefined | 'unknown'> {
    const { store, ownership, rights, doubts } = this.#options;
    const { ttlMs, base, incarnation, key } = head;
    if (ttlMs === undefined) return undefined;
    const own = ownership.knowsAll ? rights.ownOf(incarnation) : undefined;
    if (own !== undefined && !doubts.mayHaveNext(own)) return own.expiresWallMs;
    let changedWallMs = base.updatedWallMs;
    let after: string | undefined = logKey(incarnation, base.revision);
    while (after !== undefined) {
      const page: Page<LogRecord> = await store.list(logOf(incarnation), { after, limit: PAGE, signal });
      const [damaged] = page.corrupted;
      if (damaged !== undefined) {
        const { sessionId } = key;
        const reason = 'it is not what was written';
        throw sessionFaults.SESSION_STORAGE_CORRUPTED({ operation, sessionId, key: damaged, reason });
      }
      if (!page.complete) return 'unknown';
      changedWallMs = page.entries.at(-1)?.value.wallMs ?? changedWallMs;
      after = page.next;
    }
    return changedWallMs + ttlMs;
  }
}

const PAGE = 1000;
