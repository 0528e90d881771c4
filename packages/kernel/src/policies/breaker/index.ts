export { type Breaker, breaker } from './breaker.ts';
export type { BreakerControls, ServiceLimit } from './breaker-controls.ts';
export { breakerFaults } from './breaker-faults.ts';
export type { BreakerOptions, BreakerSettings } from './breaker-options.ts';
export { type BreakerState, breakerState } from './breaker-state.ts';
export {
  type BreakerReason,
  type BreakerStateName,
  type BreakerTransition,
  type BreakerTransitions,
  breakerChanged,
} from './breaker-transitions.ts';
export type { Change as Ramp } from './circuit.ts';
export { type CountWindowOptions, countWindow } from './count-window.ts';
export { forceClosed, isolate, resetBreaker } from './hold.ts';
export { type KeyedBreakers, type KeyedBreakersOptions, keyedBreakers } from './keyed-breakers.ts';
export { type RampOptions, ramp } from './ramp.ts';
export { reconfigureBreaker } from './reconfigure-breaker.ts';
export { restoreBreaker } from './restore-breaker.ts';
export { quotaExhausted, rateLimited } from './service-limit.ts';
export { serviceLimitFaults } from './service-limit-faults.ts';
export { type SlowCallsOptions, slowCalls } from './slow-calls.ts';
export { type TimeWindowOptions, timeWindow } from './time-window.ts';
export type { Counted, TripRule } from './trip-rule.ts';
