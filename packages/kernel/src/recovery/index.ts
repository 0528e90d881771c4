export { type CircuitBreakerOptions, circuitBreaker } from './circuit-breaker.ts';
export { type Decorator, decorator, type Protected } from './decorate.ts';
export { degraded, logDegradation } from './degradation-log.ts';
export { ErrorHandler, type FaultListener } from './error-handler.ts';
export type { ErrorHandlerOptions, ErrorReporter } from './error-handler-options.ts';
export type { ErrorResponse, Outcome } from './error-response.ts';
export { RecoveryManager, type RecoveryManagerOptions } from './recovery-manager.ts';
export {
  type FaultReport,
  faultCleared,
  faultRaised,
  faultStorm,
  recoveryFinished,
} from './recovery-signals.ts';
export type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
export {
  type HealingChecks,
  type HealingReason,
  type HealingResult,
  type SelfHealing,
  type SelfHealingOptions,
  selfHealing,
} from './self-healing.ts';
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
