export type { ChildPort, PortChild } from './child-port.ts';
export {
  type ChildProcessOptions,
  type CommandProgram,
  childProcess,
  type ModuleProgram,
} from './child-process.ts';
export { type EventLoopDelay, type EventLoopDelayOptions, eventLoopDelay } from './event-loop-delay.ts';
export { type ExitWithParentOptions, exitWithParent } from './exit-with-parent.ts';
export { nodeFaults } from './node-faults.ts';
export type { PortChildOptions } from './port-child.ts';
export { type ProcessLock, tryProcessLock } from './process-lock.ts';
export { type ShutdownOptions, type ShutdownSignal, untilShutdownSignal } from './until-shutdown-signal.ts';
export { useAsyncOperations } from './use-async-operations.ts';
export { type WorkerThreadOptions, workerThread } from './worker-thread.ts';
