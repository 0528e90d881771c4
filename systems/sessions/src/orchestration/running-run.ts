import { type JobRun, jobsFaults } from '@sustain/jobs';
import { type Fault, isRetryableError } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { firstRecord } from './first-record.ts';
import { handleOrchestrationError, type OrchestrationErrorResponse } from './handle-orchestration-error.ts';
import type { ErrorInfo, Run, RunOrder, RunProgress } from './run.ts';
import type { RunParts } from './run-parts.ts';
import type { RunPlace, Swapped } from './run-records.ts';
import { RunTeller } from './run-teller.ts';

/** @internal One attempt of a run: what the steps of it share. */
export class RunningRun {
  readonly job: JobRun<RunOrder, RunProgress>;
  readonly parts: RunParts;
  readonly place: RunPlace;
  readonly teller: RunTeller;
  /** As this attempt has written it last, or found it. */
  run: Run | undefined;
  #isTakenOut = false;
  /** Of the stage that runs. */
  retryOn: (error: unknown) => boolean = isRetryableError;

  constructor(job: JobRun<RunOrder, RunProgress>, parts: RunParts) {
    const { key, sessionCreatedWallMs } = job.data;
    this.job = job;
    this.parts = parts;
    this.place = { key, sessionCreatedWallMs, runId: job.id };
    this.teller = new RunTeller(job, parts.signals);
  }

  get stage(): string | undefined {
    return this.run?.stages.find(({ state }) => state === 'running')?.name;
  }

  /** What the record is before anybody has written it. */
  first(): Run {
    const { pipelines } = this.parts;
    const { id, data, operation } = this.job;
    return firstRecord(id, data, operation.id, pipelines.get(data.orchestration), '');
  }

  /** Waits for a session that cannot be reached, as long as anybody wants the run. */
  patiently<T>(work: () => Promise<T>): Promise<T> {
    return this.parts.patiently.run(work, { signal: this.job.signal, operation: this.job.operation });
  }

  /** Writes the record, unless somebody else has meanwhile; then `run` is as before. */
  async write(next: Run): Promise<Swapped> {
    const before = this.#isTakenOut ? 'taken-out' : this.run;
    const swapped = await this.parts.records.swap(this.place, before, next);
    if (swapped.ok) this.run = next;
    return swapped;
  }

  handle(
    error: unknown,
    operation: string,
    record?: (info: ErrorInfo) => Promise<unknown>,
  ): Promise<OrchestrationErrorResponse> {
    const { clock, errors, signals } = this.parts;
    const { key, runId } = this.place;
    return handleOrchestrationError(error, {
      ...{ operation, key, run: runId, orchestration: this.job.data.orchestration, stage: this.stage },
      ...{ attempt: this.run?.attempts, operationId: this.job.operation.id, record, clock, errors, signals },
    });
  }

  failure(reason: string, cause?: unknown): Fault {
    const { key, runId: run } = this.place;
    return sessionFaults.ORCHESTRATION_FAILED(
      { sessionId: key.sessionId, operation: this.job.data.orchestration, run, stage: this.stage, reason },
      { ...(cause !== undefined && { cause }), operationId: this.job.operation.id },
    );
  }

  /** Somebody has taken its record out of the session: it goes on no more, and that it has failed is recorded anew. */
  takenOut(): Fault {
    this.run = undefined;
    this.#isTakenOut = true;
    return this.failure('somebody has taken its record out of the session');
  }

  /** Has the queue say of its job what the session says, or could no longer. Answers what to end with. */
  async cancelJob(reason: string): Promise<Fault> {
    const { queue } = this.parts;
    const { id } = this.job;
    await queue.cancel(id, reason);
    return jobsFaults.JOB_CANCELLED({ queue: queue.name, id, reason });
  }
}
