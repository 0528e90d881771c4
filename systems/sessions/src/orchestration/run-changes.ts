import type { CancelledRun, ErrorInfo, Run, StageRecord } from './run.ts';

/** @internal How a run's record may change. All are pure; `writeId` is of the state that it becomes. */
export interface Change {
  readonly writeId: string;
  readonly wallMs: number;
}

/** @internal */
export function added(
  facts: Pick<Run, 'runId' | 'orchestration' | 'addedWallMs' | 'operationId' | 'startKey'>,
  stages: readonly string[],
  writeId: string,
): Run {
  return {
    ...facts,
    state: 'waiting',
    attempts: 0,
    stages: stages.map((name) => ({ state: 'waiting', name, attempts: 0 })),
    writeId,
  };
}

/** @internal An attempt begins, with the first stage that has not ended. */
export function begun(run: Run, { writeId, wallMs }: Change): Run {
  return {
    ...factsOf(run),
    state: 'running',
    startedWallMs: wallMs,
    isResumed: run.attempts > 0,
    attempts: run.attempts + 1,
    stages: withNextRunning(run.stages, wallMs),
    writeId,
  };
}

/** @internal The stage that runs has answered, and the next one begins; after the last the run is completed. */
export function stageCompleted(
  run: Run,
  { result, isFallback }: { readonly result: unknown; readonly isFallback: boolean },
  { writeId, wallMs }: Change,
): Run {
  const stages = run.stages.map<StageRecord>((stage) =>
    stage.state === 'running'
      ? {
          state: 'completed',
          name: stage.name,
          attempts: stage.attempts,
          endedWallMs: wallMs,
          result,
          isFallback,
        }
      : stage,
  );
  if (nextStage({ stages }) === undefined) {
    return { ...factsOf(run), state: 'completed', endedWallMs: wallMs, stages, writeId };
  }
  return { ...run, stages: withNextRunning(stages, wallMs), writeId };
}

/** @internal The stage that runs was begun so often. That is known here, and written with the next change. */
export function stageBegun(run: Run, attempts: number): Run {
  const stages = run.stages.map((stage) => (stage.state === 'running' ? { ...stage, attempts } : stage));
  return { ...run, stages };
}

/** @internal It waits for another attempt: after an error, or, without one, as the process stops, which counts as none. */
export function putOff(run: Run, error: ErrorInfo | undefined, { writeId }: Change): Run {
  return {
    ...factsOf(run),
    state: 'waiting',
    ...(error !== undefined && { error }),
    attempts: error === undefined ? Math.max(0, run.attempts - 1) : run.attempts,
    stages: stopped(run.stages, (stage) => ({ ...stage, state: 'waiting' })),
    writeId,
  };
}

/** @internal */
export function failed(run: Run, error: ErrorInfo, { writeId, wallMs }: Change): Run {
  const stages = stopped(run.stages, (stage) => ({ ...stage, state: 'failed', error }));
  return { ...factsOf(run), state: 'failed', endedWallMs: wallMs, error, stages, writeId };
}

/** @internal `error`: where it was not somebody's wish. */
export function cancelled(
  run: Run,
  reason: string,
  { writeId, wallMs }: Change,
  error?: ErrorInfo,
): CancelledRun {
  return {
    ...factsOf(run),
    state: 'cancelled',
    endedWallMs: wallMs,
    reason: reason.slice(0, MAX_REASON),
    ...(error !== undefined && { error }),
    stages: stopped(run.stages, (stage) => ({ ...stage, state: 'cancelled' })),
    writeId,
  };
}

/** @internal A failed run goes on, with all attempts before it. */
export function revived(run: Run, { writeId }: Change): Run {
  const stages = run.stages.map<StageRecord>((stage) =>
    stage.state === 'completed' ? stage : { name: stage.name, attempts: stage.attempts, state: 'waiting' },
  );
  return { ...factsOf(run), state: 'waiting', attempts: 0, stages, writeId };
}

/** @internal The place of the first stage whose answer is not kept; undefined when all are. */
export function nextStage({ stages }: Pick<Run, 'stages'>): number | undefined {
  const at = stages.findIndex(({ state }) => state !== 'completed');
  return at < 0 ? undefined : at;
}

const MAX_REASON = 500;

function factsOf(run: Run) {
  const { runId, orchestration, addedWallMs, attempts, operationId, startKey, stages } = run;
  const start = startKey !== undefined && { startKey };
  return { runId, orchestration, addedWallMs, attempts, operationId, ...start, stages };
}

function withNextRunning(stages: readonly StageRecord[], wallMs: number): readonly StageRecord[] {
  const next = nextStage({ stages });
  return stages.map(({ ...stage }, at) =>
    at === next
      ? { state: 'running', name: stage.name, attempts: stage.attempts + 1, startedWallMs: wallMs }
      : stage,
  );
}

/** The stage that runs, as what it becomes. */
function stopped(
  stages: readonly StageRecord[],
  become: (stage: { readonly name: string; readonly attempts: number }) => StageRecord,
): readonly StageRecord[] {
  return stages.map((stage) =>
    stage.state === 'running' ? become({ name: stage.name, attempts: stage.attempts }) : stage,
  );
}
