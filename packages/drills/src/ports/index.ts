export { breakable } from './breakable.ts';
export type { AnyMethod, Call, Effect, PauseOptions, Rule, Rules } from './call.ts';
export type { DelayRange } from './delay-range.ts';
export * from './effects/index.ts';
export {
  aborted,
  brokenPipe,
  connectionRefused,
  connectionReset,
  connectionTimedOut,
  fetchFailed,
  type HostError,
  type HttpError,
  type HttpErrorParts,
  httpError,
  isInjected,
  type MakeError,
  noSpace,
  outOfMemory,
  timedOut,
  tooManyFiles,
} from './errors/index.ts';
export { inject, type PortInjection, type PortInjectionOptions } from './inject.ts';
export { namedInjections } from './named-injections.ts';
export type { MethodName, PortPlan } from './port-plan.ts';
export {
  type ChunkEffect,
  type ChunkOf,
  changesChunks,
  drifts,
  duplicatesChunks,
  type FrameLoss,
  jitters,
  losesFrames,
  type StallOptions,
  type StreamAnswer,
  type StreamCall,
  stalls,
  streamEffect,
  swapsChunks,
  type TruncateOptions,
  truncates,
} from './streams/index.ts';
export type { Injected } from './trace.ts';
export type { Turns } from './turn.ts';
export { notNumbers, shortened, silent } from './wrong-values.ts';
