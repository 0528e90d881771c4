export type { CurrentFault } from './current-faults.ts';
export { ErrorHandler } from './error-handler.ts';
export type { ErrorHandlerOptions } from './error-handler-options.ts';
export type { ErrorResponse } from './error-response.ts';
export type { FaultInterest, FaultListener } from './fault-subscribers.ts';
export { defaultLoopLimits, type LoopLimits, type LoopRefusal } from './loop-guard.ts';
export { recoveryFaults } from './recovery-faults.ts';
export {
  alertRequested,
  faultCleared,
  faultRaised,
  faultStorm,
  recoveryFinished,
  recoveryRefused,
  recoveryStarted,
  restartRequested,
} from './recovery-signals.ts';
export type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
export { StrategyRegistry } from './strategy-registry.ts';
