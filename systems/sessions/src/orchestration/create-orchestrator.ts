import { isDeepStrictEqual } from 'node:util';
import { jobsFaults } from '@sustain/jobs';
import { type Backoff, exponential } from '@sustain/kernel';
import { COUNT, checkOptions } from '@sustain/kernel/options';
import { sessionFaults } from '../faults.ts';
import type { CallOptions } from '../manager/index.ts';
import type { SessionKey } from '../session/index.ts';
import type { Orchestrator, OrchestratorOptions, ProcessRuns, StartRun, WatchedRun } from './orchestrator.ts';
import { type EndedRun, hasEnded, type Run } from './run.ts';
import { cancelled, revived } from './run-changes.ts';
import { runJob } from './run-job.ts';
import { type RunParts, runParts } from './run-parts.ts';
import { placeOf, type RunJob, readRun } from './run-reader.ts';
import { runsIn } from './run-state.ts';
import { tellEnded } from './run-teller.ts';
import { startRun } from './start-run.ts';
import { validateSessionExists } from './validate-session-exists.ts';

/** Makes an orchestrator; `process` begins to run stages. Throws a RangeError or TypeError when an option is out of range. */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const { backoff = exponential({ baseMs: 1000 }) } = options;
  return new SessionOrchestrator(runParts(options), backoff);
}

class SessionOrchestrator implements Orchestrator {
  readonly #parts: RunParts;
  readonly #backoff: Backoff;

  constructor(parts: RunParts, backoff: Backoff) {
    this.#parts = parts;
    this.#backoff = backoff;
  }

  start(request: StartRun, { signal }: CallOptions = {}): Promise<Run> {
    return startRun(this.#parts, request, signal);
  }

  async get(runId: string, { signal }: CallOptions = {}): Promise<Run | undefined> {
    const job = await this.#parts.queue.get(runId, { signal });
    return job && readRun(this.#parts, job, signal);
  }

  async runs(key: SessionKey, { signal }: CallOptions = {}): Promise<readonly Run[]> {
    const session = await validateSessionExists(this.#parts.manager, key, { operation: 'list runs', signal });
    return runsIn(session.state);
  }

  async cancel(runId: string, reason = 'not told'): Promise<boolean> {
    const { queue, records, signals } = this.#parts;
    const job = await queue.get(runId);
    if (job === undefined) return false;
    let run = await readRun(this.#parts, job);
    // The record decides: as soon as it says so no further stage begins, whoever runs it.
    while (!hasEnded(run)) {
      const next = cancelled(run, String(reason), records.change());
      const before = run.writeId === '' ? undefined : run;
      const swapped = await records.swap(placeOf(job), before, next);
      if (swapped.ok) tellEnded(signals, job, next);
      const there = swapped.ok ? next : swapped.run;
      // Somebody has taken its record out: there is nothing to decide about but its job.
      if (there === undefined) return queue.cancel(runId, next.reason);
      run = there;
    }
    if (run.state === 'cancelled') await queue.cancel(runId, run.reason);
    return run.state === 'cancelled';
  }

  async retry(runId: string): Promise<boolean> {
    const { queue, records } = this.#parts;
    const job = await this.#deadJob(runId);
    const run = job && (await readRun(this.#parts, job));
    if (job === undefined || run?.state !== 'failed') return false;
    const { ok } = await records.swap(placeOf(job), run, revived(run, records.change()));
    return ok && (await queue.retryDead(runId));
  }

  async *watch(runId: string, { signal }: CallOptions = {}): AsyncGenerator<WatchedRun, void, undefined> {
    const { queue, patiently } = this.#parts;
    let last: WatchedRun | undefined;
    try {
      for await (const job of queue.watch(runId, { signal })) {
        const run = await patiently.run(() => readRun(this.#parts, job, signal), { signal });
        const watched = { run, progress: job.progress };
        if (isDeepStrictEqual(watched, last)) continue;
        last = watched;
        yield watched;
        if (hasEnded(run)) return;
      }
    } catch (error) {
      if (!jobsFaults.JOB_NOT_FOUND.matches(error)) throw error;
      const context = { operation: 'watch a run', run: runId, reason: 'it is not kept' };
      throw sessionFaults.RUN_NOT_FOUND(context, { cause: error });
    }
  }

  async wait(runId: string, options?: CallOptions): Promise<EndedRun> {
    for await (const { run } of this.watch(runId, options)) if (hasEnded(run)) return run;
    throw sessionFaults.RUN_NOT_FOUND({ operation: 'wait for a run', run: runId, reason: 'it is not kept' });
  }

  async process({ concurrency = 4 }: ProcessRuns = {}): Promise<void> {
    const { queue, maxAttempts } = this.#parts;
    checkOptions('orchestrator', { concurrency: [concurrency, COUNT] });
    await queue.process((job) => runJob(job, this.#parts), {
      concurrency,
      // The run counts its own. Beyond them the queue waits for a session that cannot be reached.
      maxAttempts: maxAttempts + MORE_ATTEMPTS,
      backoff: this.#backoff,
      retryOn: (error) => !sessionFaults.ORCHESTRATION_FAILED.matches(error),
    });
  }

  /** The job of a failed run, once it is dead: that is a little after the run is recorded as failed. */
  async #deadJob(runId: string): Promise<RunJob | undefined> {
    const { queue } = this.#parts;
    let job = await queue.get(runId);
    if (job === undefined || (await readRun(this.#parts, job)).state !== 'failed') return undefined;
    for await (const next of queue.watch(runId)) job = next;
    return job.state === 'dead' ? job : undefined;
  }
}

/** Attempts that the queue makes beyond those of the run: with 1 s to 30 s between them for about ten minutes. */
const MORE_ATTEMPTS = 20;
