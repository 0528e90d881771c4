import type { JobRun } from '@sustain/jobs';
import type { SignalSink } from '@sustain/kernel';
import {
  orchestrationEnded,
  orchestrationProgress,
  orchestrationStageCompleted,
  orchestrationStarted,
  orchestrationUnrecorded,
} from './orchestration-signals.ts';
import type { EndedRun, Run, RunOrder, RunProgress } from './run.ts';
import { nextStage } from './run-changes.ts';
import type { RunJob } from './run-reader.ts';

/** @internal Says what becomes of a run, to those who listen and to those who watch its job. */
export class RunTeller {
  readonly #job: JobRun<RunOrder, RunProgress>;
  readonly #signals: SignalSink;

  constructor(job: JobRun<RunOrder, RunProgress>, signals: SignalSink) {
    this.#job = job;
    this.#signals = signals;
  }

  get #about() {
    return { runId: this.#job.id, key: this.#job.data.key };
  }

  get #origin() {
    return { source: this.#job.data.orchestration, operationId: this.#job.operation.id };
  }

  started(run: Run, stage: string): void {
    const { attempts: attempt } = run;
    const isResumed = run.state === 'running' && run.isResumed;
    const data = { ...this.#about, attempt, isResumed, stage };
    this.#signals.channel(orchestrationStarted).emit(data, this.#origin);
  }

  /** `ratio`: of the stage with which the run goes on, or of the last. */
  progress(run: Run, ratio: number): void {
    const { stages } = run;
    const at = nextStage(run) ?? stages.length;
    const number = Math.min(at + 1, stages.length);
    const percent = Math.floor((Math.min(at + ratio, stages.length) / stages.length) * 100);
    const progress = { stage: stages[number - 1]?.name as string, number, of: stages.length, percent };
    this.#job.progress(progress);
    this.#signals.channel(orchestrationProgress).emit({ ...this.#about, ...progress }, this.#origin);
  }

  stageCompleted(stage: string, attempts: number, isFallback: boolean): void {
    const data = { ...this.#about, stage, attempts, isFallback };
    this.#signals.channel(orchestrationStageCompleted).emit(data, this.#origin);
  }

  ended(run: EndedRun): void {
    const { id, data, operation } = this.#job;
    tellEnded(this.#signals, { id, data, operationId: operation.id }, run);
  }

  unrecorded(doing: string, error: unknown): void {
    this.#signals.channel(orchestrationUnrecorded).emit({ ...this.#about, doing, error }, this.#origin);
  }
}

/** @internal That the run of this job has ended. */
export function tellEnded(
  signals: SignalSink,
  {
    id: runId,
    data: { key, orchestration: source },
    operationId,
  }: Pick<RunJob, 'id' | 'data' | 'operationId'>,
  run: EndedRun,
): void {
  const { state, attempts } = run;
  const reason = run.state === 'cancelled' ? run.reason : undefined;
  const error = run.state === 'completed' ? undefined : run.error;
  const data = { runId, key, state, attempts, reason, error };
  signals.channel(orchestrationEnded).emit(data, { source, operationId });
}
