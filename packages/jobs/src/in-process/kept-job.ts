import type { Revision } from '@sustain/stores/contract';
import { hasEnded } from '../job-watch.ts';
import { jobsFaults } from '../jobs-faults.ts';
import type { EndedState } from './ended-jobs.ts';
import type { JobRecord } from './job-record.ts';
import type { QueueParts } from './queue-parts.ts';

/** @internal A job as this process last read or wrote it. Whoever changes it holds its lock. */
export class KeptJob {
  readonly id: string;
  readonly #parts: QueueParts;
  #record: JobRecord;
  #revision: Revision;

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

  /** Rejects with JOB_LOST when another process has changed it, or deleted it. */
  async write(record: JobRecord): Promise<void> {
    const { records, index, changes, options } = this.#parts;
    const ttlMs = hasEnded(record) ? index.ended.ttlMs(record.state as EndedState) : undefined;
    const written = await records.write(this.id, this.#revision, record, ttlMs);
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
