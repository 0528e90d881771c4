export { type Breaker, breaker } from './breaker.ts';
export type { BreakerControls } from './breaker-controls.ts';
export { breakerFaults } from './breaker-faults.ts';
export type { BreakerOptions, BreakerSettings } from './breaker-options.ts';
export { type BreakerSnapshot, restoreBreaker, saveBreaker } from './breaker-snapshot.ts';
export {
  type BreakerReason,
  type BreakerState,
  type BreakerStateName,
  type BreakerTransition,
  type BreakerTransitions,
  breakerChanged,
} from './breaker-state.ts';
export type { Change as Ramp, ServiceLimit } from './circuit.ts';
export { consecutive } from './consecutive.ts';
export { type CountWindowOptions, countWindow } from './count-window.ts';
export { forceClosed, isolate } from './hold.ts';
export { type KeyedBreakers, type KeyedBreakersOptions, keyedBreakers } from './keyed-breakers.ts';
export { type RampOptions, ramp } from './ramp.ts';
export { quotaExhausted, rateLimited } from './service-limit.ts';
export { serviceLimitFaults } from './service-limit-faults.ts';
export { type SlowCallsOptions, slowCalls } from './slow-calls.ts';
export { type TimeWindowOptions, timeWindow } from './time-window.ts';
export type { Counted, TripRule } from './trip-rule.ts';
