import { storeFaults } from '@sustain/stores/contract';
import type { JobHandler } from '../contract.ts';
import { type AttemptOutcome, JobAttempt } from '../job-attempt.ts';
import { hasEnded } from '../job-watch.ts';
import { jobsFaults } from '../jobs-faults.ts';
import type { SettledProcessOptions } from '../process-options.ts';
import { type AttemptEnd, attemptEnd, endBeforeAttempt, tellEnd } from './attempt-end.ts';
import { abandoned, begun, cancelling, type JobRecord, saying } from './job-record.ts';
import { type KeptJob, keptJob } from './kept-job.ts';
import { originOf, type QueueParts, wallMsOf } from './queue-parts.ts';
import type { Processing, Running } from './running-job.ts';

/** @internal Runs the jobs that are ready. */
export class JobRunner {
  readonly #parts: QueueParts;
  readonly #running = new Map<string, Running>();
  /** Jobs that are being begun, run and ended. Whoever takes one out of these puts it in its place. */
  readonly #taken = new Set<string>();
  readonly #busy = new Set<Promise<void>>();
  #processing: Processing | undefined;
  readonly #holds = new Set<HoldReason>();

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#running.size;
  }

  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** Whether it will put this job in its place. */
  isBusyWith(id: string): boolean {
    return this.#taken.has(id);
  }

  process(handler: JobHandler<never>, settled: SettledProcessOptions): void {
    const queue = this.#parts.options.name;
    if (this.#processing !== undefined) throw jobsFaults.ALREADY_PROCESSING({ queue });
    this.#processing = { handler, settled };
    this.startMore();
  }

  /** Nothing begins as long as there is a reason. */
  hold(reason: HoldReason, isHeld: boolean): void {
    if (isHeld) this.#holds.add(reason);
    else this.#holds.delete(reason);
    this.startMore();
  }

  startMore(): void {
    const processing = this.#processing;
    if (processing === undefined || this.#holds.size > 0) return;
    while (this.#busy.size < processing.settled.concurrency) {
      const id = this.#parts.index.ready.take();
      if (id === undefined) return;
      if (this.#taken.has(id)) continue;
      this.#taken.add(id);
      this.#track(this.#run(id, processing));
    }
  }

  /** Looks what has become of a job, as soon as the store says, after a write that may have been done. */
  lookAt(id: string): void {
    if (this.#taken.has(id)) return;
    this.#taken.add(id);
    this.#track(this.#placeLater(id));
  }

  /** Of a job that runs; false when it does not. The caller holds its lock. */
  async cancel(id: string, reason: string): Promise<boolean> {
    const running = this.#running.get(id);
    if (running === undefined || running.attempt.stopped === 'lost') return false;
    await this.#write(running, (record) => cancelling(record, reason));
    if (running.job.record.cancelReason === undefined) return false; // it was in doubt whether it had ended
    running.attempt.stop('cancelled', reason);
    return true;
  }

  /** Gives up a job that another process has had; whether it has is told by its revision. The caller holds its lock. */
  async loseIfChanged(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) return;
    await this.#write(running, (record) => record); // so that it is known what we have written
    const entry = await this.#parts.records.read(id);
    if (running.job.revision !== entry?.revision) running.attempt.stop('lost');
  }

  interruptAll(): void {
    for (const { attempt } of this.#running.values()) attempt.stop('interrupted');
  }

  async untilIdle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy);
  }

  /** Lets what has not ended in spite of its signal wait again. What it still says is dropped. */
  async abandon(): Promise<void> {
    for (const [id, { job, attempt }] of this.#running) {
      await this.#parts.locks.run(id, async () => {
        if (attempt.stopped === 'lost' || !this.#running.has(id)) return;
        await job
          .write((record) => abandoned(record, wallMsOf(this.#parts)))
          .catch((error: unknown) => this.#disturbed(`abandon the job ${id}`, error));
        attempt.stop('lost');
      });
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.#busy.delete(tracked);
      this.startMore();
    });
    this.#busy.add(tracked);
  }

  async #run(id: string, processing: Processing): Promise<void> {
    try {
      const running = await this.#parts.locks.run(id, () => this.#begin(id, processing));
      if (running === undefined) return;
      const outcome = await running.attempt.run(processing.handler);
      await this.#end(running, outcome, processing);
    } catch (error) {
      this.#disturbed(`run the job ${id}`, error);
      await this.#placeLater(id);
    }
  }

  async #begin(id: string, { settled }: Processing): Promise<Running | undefined> {
    const job = await keptJob(this.#parts, id);
    if (job === undefined || hasEnded(job.record)) return this.#place(id, job);
    const { options, channels } = this.#parts;
    const { name: queue, maxDataBytes, clock } = options;
    const { operation, data } = job.record;
    const end = endBeforeAttempt(queue, job.record, settled, wallMsOf(this.#parts));
    if (end !== undefined) {
      await job.write(() => end.record);
      this.#place(id, job);
      this.#tell(job, end);
      return undefined;
    }
    await job.write((record) => begun(record, wallMsOf(this.#parts)));
    const { attempts: attempt, isResumed } = job.record;
    const keepProgress = (value: unknown) => this.#keepProgress(id, value);
    const facts = { queue, id, data, attempt, isResumed, operation, maxDataBytes, clock, keepProgress };
    this.#running.set(id, { job, attempt: new JobAttempt(facts) });
    channels.started.emit({ id, attempt, isResumed }, originOf(this.#parts, job.record));
    return this.#running.get(id);
  }

  /** Until it is written down, or somebody else's: a result that is not kept is work done in vain. */
  async #end(running: Running, outcome: AttemptOutcome, { settled }: Processing): Promise<void> {
    const { locks, options } = this.#parts;
    const { job, attempt } = running;
    const { id } = job;
    let end: AttemptEnd | undefined;
    for (let delayMs = 50; attempt.stopped !== 'lost'; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        await locks.run(id, async () => {
          if (attempt.stopped === 'lost') return;
          await this.#write(running, (record) => {
            // Else it had been written, although that was in doubt.
            if (record !== end?.record) {
              end = attemptEnd(
                record,
                outcome,
                attempt.stopped,
                settled,
                options.random,
                wallMsOf(this.#parts),
              );
            }
            return end.record;
          });
          this.#running.delete(id);
          this.#place(id, job);
          this.#tell(job, end as AttemptEnd);
        });
        break;
      } catch (error) {
        this.#disturbed(`end the job ${id}`, error);
        await options.clock.sleep(delayMs);
      }
    }
    if (this.#running.delete(id)) await this.#placeLater(id);
  }

  #tell({ id, record }: KeptJob, end: AttemptEnd): void {
    tellEnd(this.#parts.channels, id, end, originOf(this.#parts, record));
  }

  async #keepProgress(id: string, progress: unknown): Promise<void> {
    try {
      await this.#parts.locks.run(id, async () => {
        const running = this.#running.get(id);
        if (running === undefined || running.attempt.stopped === 'lost') return;
        await this.#write(running, (record) => saying(record, progress));
        this.#parts.channels.progress.emit({ id, progress }, originOf(this.#parts, running.job.record));
      });
    } catch (error) {
      this.#disturbed(`keep the progress of the job ${id}`, error);
    }
  }

  /** The caller holds the job's lock. */
  async #write({ job, attempt }: Running, next: (record: JobRecord) => JobRecord): Promise<void> {
    try {
      await job.write(next);
    } catch (error) {
      if (jobsFaults.JOB_LOST.matches(error)) attempt.stop('lost');
      throw error;
    }
  }

  /** What has become of a job that was given up here is what the store says. */
  async #placeLater(id: string): Promise<void> {
    const { locks, options } = this.#parts;
    for (let delayMs = 50; !this.#holds.has('close'); delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      await options.clock.sleep(delayMs);
      try {
        await locks.run(id, async () => this.#place(id, await keptJob(this.#parts, id)));
        return;
      } catch (error) {
        this.#disturbed(`look at the job ${id}`, error);
        // Nor will it be readable later, and others want to run.
        if (storeFaults.ENTRY_CORRUPTED.matches(error)) return this.#place(id, undefined);
      }
    }
  }

  /** The caller holds the job's lock, so that nobody has changed it since. */
  #place(id: string, job: KeptJob | undefined): undefined {
    this.#taken.delete(id);
    job?.place();
  }

  #disturbed(doing: string, error: unknown): void {
    const { channels, options } = this.#parts;
    channels.disturbed.emit({ doing, error }, { source: options.name });
  }
}

/** @internal Why nothing begins. */
export type HoldReason = 'owner' | 'pause' | 'close';

const MAX_DELAY_MS = 2000;
