import {
  ABSENT,
  type CompareAndSetResult,
  type Entry,
  type Guard,
  type Page,
  type Revision,
  type Store,
  storeFaults,
} from '@sustain/stores/contract';
import { jobsFaults } from '../jobs-faults.ts';
import type { JobRecord } from './job-record.ts';

/** @internal The jobs of a queue in its store. Every change is one compare-and-set under the guard of the owner. */
export class JobRecords {
  readonly #store: Store;
  readonly #queue: string;
  readonly #owned: { readonly guard: Guard; suspect(revision: Revision): void };
  readonly #prefix: string;
  #writes = 0;

  constructor(
    store: Store,
    queue: string,
    owned: { readonly guard: Guard; suspect(revision: Revision): void },
  ) {
    this.#store = store;
    this.#queue = queue;
    this.#owned = owned;
    this.#prefix = `jobs/${queue}/job/`;
  }

  read(id: string, signal?: AbortSignal): Promise<Entry<JobRecord> | undefined> {
    return this.#store.get<JobRecord>(this.#prefix + id, { signal });
  }

  /** The way to write it: taken again, it is the same write, which the store does once. */
  writing(id: string, expected: Revision, record: JobRecord, ttlMs?: number, signal?: AbortSignal): JobWrite {
    return this.#once((options) =>
      this.#store.compareAndSet<JobRecord>(this.#prefix + id, expected, record, {
        ...options,
        ttlMs,
        signal,
      }),
    );
  }

  delete(id: string, revision: Revision): Promise<boolean> {
    return this.#once((options) => this.#store.delete(this.#prefix + id, { ...options, revision }))();
  }

  /** A page at a time. */
  async *all(): AsyncGenerator<Pick<Page<JobRecord>, 'entries' | 'corrupted'>> {
    let after: string | undefined;
    do {
      const page = await this.#store.list<JobRecord>(this.#prefix, { after, limit: 500 });
      yield page;
      after = page.next;
    } while (after !== undefined);
  }

  async isPaused(): Promise<boolean> {
    return (await this.#store.get(this.#pauseKey)) !== undefined;
  }

  async pause(): Promise<void> {
    await this.#once((options) => this.#store.set(this.#pauseKey, true, options))();
  }

  async resume(): Promise<void> {
    await this.#once((options) => this.#store.delete(this.#pauseKey, options))();
  }

  get #pauseKey(): string {
    return `jobs/${this.#queue}/paused`;
  }

  /**
   * A write whose outcome is not known is repeated, once, under its id: the store does it once. Where that fails too, it
   * says nothing of the first time, even if it has certainly not been done itself.
   */
  #once<T>(write: (options: WriteOnce) => Promise<T>): () => Promise<T> {
    const { guard } = this.#owned;
    // Nobody else has this revision, and no two writes of ours this number.
    const operationId = `jobs/${this.#queue}/${guard.revision}/${this.#writes++}`;
    return () => this.#write(write, { operationId, guard });
  }

  async #write<T>(write: (options: WriteOnce) => Promise<T>, options: WriteOnce): Promise<T> {
    const { guard } = options;
    try {
      if (guard.revision === ABSENT)
        throw storeFaults.GUARD_LOST({ ...this.#lostGuard(guard), key: guard.key });
      return await write(options).catch((error: unknown) => {
        if (!storeFaults.OUTCOME_UNKNOWN.matches(error)) throw error;
        return write(options).catch((again: unknown) => {
          throw storeFaults.STORE_UNAVAILABLE.matches(again) ? error : again;
        });
      });
    } catch (error) {
      if (!storeFaults.GUARD_LOST.matches(error)) throw error;
      this.#owned.suspect(guard.revision);
      throw jobsFaults.QUEUE_OWNED({ queue: this.#queue, owner: 'not known' }, { cause: error });
    }
  }

  #lostGuard({ key, revision }: Guard) {
    return { store: this.#store.name, guard: key, revision };
  }
}

/** @internal Does it, or finds that it has been done. */
export type JobWrite = () => Promise<CompareAndSetResult<JobRecord>>;

interface WriteOnce {
  readonly operationId: string;
  readonly guard: Guard;
}
