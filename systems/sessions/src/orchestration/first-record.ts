import type { Orchestration } from './orchestration.ts';
import type { Run, RunOrder } from './run.ts';
import { added } from './run-changes.ts';

/** @internal What a run's record is before anybody has written it. */
export function firstRecord(
  runId: string,
  { orchestration: name, addedWallMs, startKey }: RunOrder,
  operationId: string,
  orchestration: Orchestration | undefined,
  writeId: string,
): Run {
  const stages = orchestration?.stages.map((stage) => stage.name) ?? [];
  const start = startKey !== undefined && { startKey };
  return added({ runId, orchestration: name, addedWallMs, operationId, ...start }, stages, writeId);
}
