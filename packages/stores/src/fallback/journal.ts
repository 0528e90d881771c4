import type { Clock } from '@sustain/kernel';
import { type Guard, type Revision, type Store, storeFaults } from '../contract.ts';
import { fallbackFaults } from './fallback-faults.ts';
import type { JournalRecord } from './journal-record.ts';
import { spareFault } from './spare-fault.ts';
import type { SpareKeys } from './spare-keys.ts';

export interface JournalOptions {
  readonly spare: Store;
  readonly keys: SpareKeys;
  /** Whose journal it is, for faults. */
  readonly store: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly maxJournalEntries: number;
  readonly maxJournalBytes: number;
}

/**
 * @internal Acknowledged writes in the spare. Whoever has opened a journal last owns it: every entry is written and removed
 * under the guard that this is still so, in one step, so that a program which was stopped and goes on cannot change it.
 */
export class Journal {
  readonly #options: JournalOptions;
  #owned: Revision | undefined;
  /** Entries that were refused, and may have been written all the same: nobody was told that they were. */
  readonly #doubtful = new Set<Revision>();

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Takes the journal, and answers what is in it, in order; `damaged`: keys of the spare that cannot be read. */
  async open(): Promise<{ readonly records: JournalRecord[]; readonly damaged: string[] }> {
    const { spare, keys, clock } = this.#options;
    const records: JournalRecord[] = [];
    const damaged: string[] = [];
    await this.#attempt(async () => {
      this.#owned = await spare.set(keys.owner, { takenWallMs: clock.wallMs() });
      for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
        const page = await spare.list<JournalRecord>(keys.journal, { after, limit: PAGE });
        for (const { value } of page.entries) records.push(value);
        damaged.push(...page.corrupted);
        after = page.next;
      }
    });
    return { records, damaged };
  }

  /** Resolves when the record is as durable as the spare makes it. `entries` and `sizeBytes`: of the journal with it. */
  async append(record: JournalRecord, entries: number, sizeBytes: number): Promise<void> {
    const { spare, keys, store, maxJournalEntries, maxJournalBytes } = this.#options;
    if (entries > maxJournalEntries || sizeBytes > maxJournalBytes) {
      const reason = `${maxJournalEntries} entries or ${maxJournalBytes} bytes are allowed`;
      throw fallbackFaults.JOURNAL_FULL({ store, reason, entries, sizeBytes });
    }
    try {
      await spare.set(keys.entry(record.revision), record, { guard: this.#guard() });
    } catch (error) {
      if (storeFaults.STORE_REQUEST_INVALID.matches(error)) throw error;
      if (!isCertain(error)) this.#doubtful.add(record.revision);
      throw this.#failed(error, record.key);
    }
  }

  /** The record is in the primary, or stands in a conflict. */
  async remove(revision: Revision): Promise<void> {
    const { spare, keys } = this.#options;
    await this.#attempt(() => spare.delete(keys.entry(revision), { guard: this.#guard() }));
  }

  /** Takes away what was refused and may have been written. */
  async clean(): Promise<void> {
    for (const revision of this.#doubtful) {
      await this.remove(revision);
      this.#doubtful.delete(revision);
    }
  }

  get isClean(): boolean {
    return this.#doubtful.size === 0;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #guard(): Guard {
    return { key: this.#options.keys.owner, revision: this.#owned as Revision };
  }

  #failed(error: unknown, writtenKey?: string): unknown {
    const { store, instance } = this.#options;
    if (storeFaults.GUARD_LOST.matches(error)) {
      const reason = `the journal of "${instance}" was taken`;
      return fallbackFaults.JOURNAL_TAKEN({ store, instance, reason }, { cause: error });
    }
    if (writtenKey === undefined || isCertain(error)) return spareFault(store, error);
    const reason = `${(error as Error)?.message ?? error}`;
    return storeFaults.OUTCOME_UNKNOWN({ store, key: writtenKey, reason }, { cause: error });
  }
}

/** Whether what failed has certainly not happened. */
function isCertain(error: unknown): boolean {
  if (storeFaults.GUARD_LOST.matches(error)) return true;
  return storeFaults.STORE_UNAVAILABLE.matches(error) && !storeFaults.OUTCOME_UNKNOWN.matches(error);
}

/** Entries that are read at once; each may be as large as a value. */
const PAGE = 100;
