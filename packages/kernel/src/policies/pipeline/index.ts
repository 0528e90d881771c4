export type { Attempt, Work } from './attempt.ts';
export { type Call, type Environment, type Layer, type LeaveHook, layer, type Refusal } from './layer.ts';
export { type Pipeline, type PipelineOptions, pipeline } from './pipeline.ts';
export type { Added, Policy, Taken } from './policy.ts';
export type { RunOptions } from './run.ts';
