export { createOrchestrator } from './create-orchestrator.ts';
export {
  handleOrchestrationError,
  type OrchestrationErrorContext,
  type OrchestrationErrorResponse,
} from './handle-orchestration-error.ts';
export { type OrchestrationQueueOptions, openOrchestrationQueue } from './open-orchestration-queue.ts';
export {
  defineOrchestration,
  type Orchestration,
  type Stage,
  type StageContext,
  type StageFallback,
  type StageRetry,
} from './orchestration.ts';
export {
  type AboutRun,
  orchestrationEnded,
  orchestrationProgress,
  orchestrationStageCompleted,
  orchestrationStarted,
  orchestrationUnrecorded,
} from './orchestration-signals.ts';
export type { Orchestrator, OrchestratorOptions, ProcessRuns, StartRun, WatchedRun } from './orchestrator.ts';
export type {
  EndedRun,
  ErrorInfo,
  Run,
  RunOrder,
  RunProgress,
  RunState,
  StageRecord,
} from './run.ts';
export { validateSessionExists } from './validate-session-exists.ts';
