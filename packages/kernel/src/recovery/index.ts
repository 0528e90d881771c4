export { type CircuitBreakerOptions, circuitBreaker } from './circuit-breaker.ts';
export type { CurrentFault } from './current-faults.ts';
export { type Decorator, decorator, type Protected } from './decorate.ts';
export { degraded, logDegradation } from './degradation-log.ts';
export { ErrorHandler, type FaultInterest, type FaultListener } from './error-handler.ts';
export type { ErrorHandlerOptions } from './error-handler-options.ts';
export type { ErrorResponse } from './error-response.ts';
export type { LoopLimits, LoopRefusal } from './loop-guard.ts';
export { recoveryFaults } from './recovery-faults.ts';
export { RecoveryManager } from './recovery-manager.ts';
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
export { type SelfHealing, selfHealing } from './self-healing.ts';
export {
  type HealingAction,
  type HealingChecks,
  type HealingReason,
  type HealingRefusal,
  type HealingResult,
  healingEnded,
  type SelfHealingOptions,
} from './self-healing-options.ts';
export {
  createServiceHandler,
  type ErrorReporter,
  type ServiceHandler,
  type ServiceHandlerOptions,
} from './service-handler.ts';
export {
  type CacheFallbackOptions,
  cacheFallback,
  type DefaultFallbackOptions,
  type Device,
  type DeviceFallbackOptions,
  type DisableFeatureOptions,
  defaultFallback,
  deviceFallback,
  disableFeature,
  type EscalateOptions,
  type EscalationTarget,
  escalate,
  type FreeMemoryOptions,
  freeMemory,
  type MemoryStep,
  type ReconnectRetryOptions,
  type RestartOptions,
  reconnectRetry,
  restart,
  type SimplifyOptions,
  type StrategyOptions,
  simplify,
  type TimedStrategyOptions,
} from './strategies/index.ts';
export { type ErrorKind, type WithRetryOptions, withRetry } from './with-retry.ts';
