import { type CompareAndSetResult, type Revision, storeFaults } from '@sustain/stores/contract';
import { hasEnded } from '../job-watch.ts';
import { jobsFaults } from '../jobs-faults.ts';
import type { EndedState } from './ended-jobs.ts';
import type { JobRecord } from './job-record.ts';
import type { JobWrite } from './job-records.ts';
import type { QueueParts } from './queue-parts.ts';

/** @internal A job as this process last read or wrote it. Whoever changes it holds its lock. */
export class KeptJob {
  readonly id: string;
  readonly #parts: QueueParts;
  #record: JobRecord;
  #revision: Revision;
  /** A write whose outcome is not known. */
  #doubt: { readonly record: JobRecord; readonly write: JobWrite } | undefined;

  constructor(parts: QueueParts, record: JobRecord, revision: Revision) {
    this.id = record.id;
    this.#parts = parts;
    this.#record = record;
    this.#revision = revision;
  }

  get record(): JobRecord {
    return this.#record;
  }

  get revision(): Revision {
    return this.#revision;
  }

  /**
   * Makes it what `next` answers, who is given what it is by then: what was in doubt is known first. Rejects with JOB_LOST
   * when another process has changed it, or deleted it.
   */
  async write(next: (record: JobRecord) => JobRecord): Promise<void> {
    if (this.#doubt !== undefined) await this.#settle(this.#doubt);
    const record = next(this.#record);
    if (record === this.#record) return;
    const { records, index } = this.#parts;
    const ttlMs = hasEnded(record) ? index.ended.ttlMs(record.state as EndedState) : undefined;
    const write = records.writing(this.id, this.#revision, record, ttlMs);
    try {
      this.#become(record, await write());
    } catch (error) {
      if (storeFaults.OUTCOME_UNKNOWN.matches(error)) this.#doubt = { record, write };
      throw error;
    }
  }

  /** Does it again, which the store does once. What an owner wrote who no longer is one, and was not done, never will be. */
  async #settle({ record, write }: { readonly record: JobRecord; readonly write: JobWrite }): Promise<void> {
    const written = await write().catch((error: unknown) => {
      if (!jobsFaults.QUEUE_OWNED.matches(error)) throw error;
    });
    this.#doubt = undefined;
    if (written !== undefined) this.#become(record, written);
  }

  #become(record: JobRecord, written: CompareAndSetResult): void {
    const { changes, options } = this.#parts;
    if (!written.ok) throw jobsFaults.JOB_LOST({ queue: options.name, id: this.id });
    this.#record = record;
    this.#revision = written.revision;
    changes.changed(this.id);
  }

  /** Puts it in its place, and forgets the ended ones that are too many. */
  place(): void {
    const { index, records } = this.#parts;
    index.place(this.#record);
    if (!hasEnded(this.#record)) return;
    for (const id of index.ended.takeSurplus(this.#record.state as EndedState)) {
      // Where that fails their time to live removes them.
      void records.read(id).then(
        (entry) => entry && records.delete(id, entry.revision).catch(() => false),
        () => undefined,
      );
    }
  }
}

/** @internal Undefined when there is no such job. */
export async function keptJob(parts: QueueParts, id: string): Promise<KeptJob | undefined> {
  const entry = await parts.records.read(id);
  return entry && new KeptJob(parts, entry.value, entry.revision);
}
