export { listen, unlisten } from './abort-hub.ts';
export type { Attempt, Progress, Work } from './attempt.ts';
export { type DeadlineQueue, deadlineQueue } from './deadline-queue.ts';
export { changes, Gate, NO_LIMIT } from './gate.ts';
export {
  type Call,
  type Environment,
  failStopped,
  type Hold,
  type Inside,
  type Layer,
  type LeaveHook,
  layer,
  type Waiter,
} from './layer.ts';
export { type Pipeline, type PipelineOptions, pipeline } from './pipeline.ts';
export type { Added, Policy, Taken } from './policy.ts';
export type { Refusal } from './refusal.ts';
export type { RunOptions } from './run-options.ts';
