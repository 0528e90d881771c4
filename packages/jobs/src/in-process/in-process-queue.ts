import { createOperation, currentOperation } from '@sustain/kernel';
import { checkOptions, WAIT } from '@sustain/kernel/options';
import { ABSENT, storeFaults } from '@sustain/stores/contract';
import type {
  AddedJob,
  AddOptions,
  CloseOptions,
  DeadJob,
  DeadLetterOptions,
  DeadLetterPage,
  Job,
  JobCounts,
  JobHandler,
  JobQueue,
  ProcessOptions,
  SignalOption,
} from '../contract.ts';
import { deadLetterCursor, deadLetterPlace } from '../dead-letter-page.ts';
import { jobId } from '../job-id.ts';
import { jobJson, MAX_REASON } from '../job-json.ts';
import { hasEnded, type WatchSource, waitForJob, watchJob } from '../job-watch.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { settleProcessOptions } from '../process-options.ts';
import { settleAddOptions } from '../queue-options.ts';
import { cancelled, jobOf, newRecord, revived } from './job-record.ts';
import type { JobRunner } from './job-runner.ts';
import { KeptJob, keptJob } from './kept-job.ts';
import type { Ownership } from './ownership.ts';
import { originOf, type QueueParts, wallMsOf } from './queue-parts.ts';

/** @internal A queue that this process owns. */
export class InProcessQueue implements JobQueue {
  readonly name: string;
  readonly #parts: QueueParts;
  readonly #runner: JobRunner;
  readonly #ownership: Ownership;
  readonly #source: WatchSource;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: QueueParts, runner: JobRunner, ownership: Ownership) {
    this.name = parts.options.name;
    this.#parts = parts;
    this.#runner = runner;
    this.#ownership = ownership;
    this.#source = {
      queue: this.name,
      clock: parts.options.clock,
      recheckMs: RECHECK_MS,
      read: (id) => this.#read(id),
      subscribe: (id, wake) => parts.changes.subscribe(id, wake),
      throwIfClosed: () => {
        if (this.#isClosed) throw jobsFaults.QUEUE_CLOSED({ queue: this.name });
      },
    };
  }

  async add(data: unknown, options: AddOptions = {}): Promise<AddedJob> {
    this.#throwIfClosing();
    const { options: own, records, channels } = this.#parts;
    const { priority, delayMs } = settleAddOptions(options);
    const { signal, idempotencyKey } = options;
    const kept: unknown = JSON.parse(jobJson(this.name, 'data', data, own.maxDataBytes));
    signal?.throwIfAborted();
    const operation = options.operation ?? currentOperation() ?? createOperation(this.name, own.random);
    const nowWallMs = wallMsOf(this.#parts);
    for (;;) {
      const id = jobId(idempotencyKey, own.random);
      const record = newRecord({ id, data: kept, priority, delayMs, operation, nowWallMs });
      const add = async () => {
        const written = await records.writing(id, ABSENT, record, undefined, signal)();
        if (!written.ok) return false;
        new KeptJob(this.#parts, record, written.revision).place();
        channels.added.emit({ id, priority, delayMs }, originOf(this.#parts, record));
        return true;
      };
      const isNew = await this.#change(id, add, signal);
      this.#runner.startMore();
      // Without a key another job has the id by chance, which a seed that is used again makes likely.
      if (isNew || idempotencyKey !== undefined) return { id };
    }
  }

  async process(handler: JobHandler<never>, options: ProcessOptions = {}): Promise<void> {
    this.#throwIfClosing();
    checkOptions('processing', { handler: [handler ?? null, 'function'] });
    this.#runner.process(handler, settleProcessOptions(options));
  }

  async get(id: string, { signal }: SignalOption = {}): Promise<Job | undefined> {
    this.#throwIfClosing();
    return this.#read(id, signal);
  }

  async cancel(id: string, reason = 'not told'): Promise<boolean> {
    this.#throwIfClosing();
    const { channels } = this.#parts;
    const shown = String(reason).slice(0, MAX_REASON);
    return this.#change(id, async () => {
      if (this.#runner.has(id)) return this.#runner.cancel(id, shown);
      const job = await keptJob(this.#parts, id);
      if (job === undefined || hasEnded(job.record)) return job?.record.state === 'cancelled';
      await job.write((record) => cancelled(record, shown, wallMsOf(this.#parts)));
      job.place();
      channels.cancelled.emit({ id, reason: shown }, originOf(this.#parts, job.record));
      return true;
    });
  }

  async *watch(id: string, { signal }: SignalOption = {}): AsyncGenerator<Job, void, undefined> {
    yield* watchJob(this.#source, id, signal);
  }

  wait(id: string, { signal }: SignalOption = {}): Promise<never> {
    return waitForJob(this.#source, id, signal) as Promise<never>;
  }

  async deadLetters(options: DeadLetterOptions = {}): Promise<DeadLetterPage> {
    this.#throwIfClosing();
    const { endedWallMs, id, limit } = deadLetterPlace(options);
    const { ended } = this.#parts.index;
    const places = ended.after('dead', [endedWallMs, id], limit);
    const found = await Promise.all(places.map(([, deadId]) => this.#read(deadId, options.signal)));
    const jobs = found.filter((job): job is DeadJob => job?.state === 'dead');
    const last = places.length < limit ? undefined : places.at(-1);
    return { jobs, next: last && deadLetterCursor(...last) };
  }

  async retryDead(id: string): Promise<boolean> {
    this.#throwIfClosing();
    const isRevived = await this.#change(id, async () => {
      const job = await keptJob(this.#parts, id);
      if (job?.record.state !== 'dead') return false;
      await job.write(revived);
      job.place();
      return true;
    });
    this.#runner.startMore();
    return isRevived;
  }

  async remove(id: string): Promise<boolean> {
    this.#throwIfClosing();
    const { locks, records, index, changes } = this.#parts;
    return locks.run(id, async () => {
      const entry = await records.read(id);
      if (entry === undefined || !hasEnded(entry.value)) return false;
      const isRemoved = await records.delete(id, entry.revision);
      index.forget(id);
      changes.changed(id);
      return isRemoved;
    });
  }

  async counts(): Promise<JobCounts> {
    this.#throwIfClosing();
    return this.#parts.index.counts(this.#runner.size);
  }

  async pause(): Promise<void> {
    this.#throwIfClosing();
    await this.#parts.records.pause();
    this.#runner.hold('pause', true);
  }

  async resume(): Promise<void> {
    this.#throwIfClosing();
    await this.#parts.records.resume();
    this.#runner.hold('pause', false);
  }

  async close({ graceMs = 0 }: CloseOptions = {}): Promise<void> {
    checkOptions('close', { graceMs: [graceMs, WAIT] });
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    const { changes, index } = this.#parts;
    this.#runner.hold('close', true);
    if (!(await this.#isIdleWithin(graceMs))) {
      this.#runner.interruptAll();
      if (!(await this.#isIdleWithin(LAST_GRACE_MS))) await this.#runner.abandon();
    }
    this.#isClosed = true;
    index.clear();
    changes.allChanged();
    await this.#ownership.release();
  }

  async #isIdleWithin(delayMs: number): Promise<boolean> {
    const given = new AbortController();
    const late = this.#parts.options.clock.sleep(delayMs, { signal: given.signal }).then(
      () => false,
      () => false,
    );
    const isIdle = await Promise.race([this.#runner.untilIdle().then(() => true), late]);
    given.abort();
    return isIdle;
  }

  /** Changes a job under its lock. What may have been done though nobody answered is looked at when it can be. */
  async #change<T>(id: string, change: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await this.#parts.locks.run(id, change);
    } catch (error) {
      if (signal?.aborted || storeFaults.OUTCOME_UNKNOWN.matches(error)) this.#runner.lookAt(id);
      throw error;
    }
  }

  async #read(id: string, signal?: AbortSignal): Promise<Job | undefined> {
    const { records, index } = this.#parts;
    const entry = await records.read(id, signal);
    return entry && jobOf(entry.value, index.ready.has(id));
  }

  #throwIfClosing(): void {
    if (this.#closing !== undefined) throw jobsFaults.QUEUE_CLOSED({ queue: this.name });
  }
}

/** Changes are told within the process, so this is for what expires, and for another owner's. */
const RECHECK_MS = 1000;
/** How long handlers may take to hear that they are to end. */
const LAST_GRACE_MS = 5000;
