export type {
  ChildContext,
  ChildSpec,
  RestartType,
  RunningChild,
  StopStep,
  Supervisor,
  SupervisorView,
} from './child.ts';
export type { ChildEnd, ExitReason } from './exit-reason.ts';
export type { ChildHealth, HealthCheck } from './health-watch.ts';
export type { RestartLimits } from './restart-decision.ts';
export type { ChildStatus, SupervisorStatus } from './status.ts';
export type { Strategy } from './strategy.ts';
export { supervisionFaults } from './supervision-faults.ts';
export {
  type ChildReport,
  childExited,
  childStarted,
} from './supervision-signals.ts';
export { createSupervisor } from './supervisor.ts';
export { type SupervisorChildOptions, supervisorChild } from './supervisor-child.ts';
export { defaultRestartLimits, type SupervisorOptions } from './supervisor-options.ts';
export { type TaskOptions, task } from './task.ts';
