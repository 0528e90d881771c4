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
  breakerChanged,
  breakerTransitions,
} from './breaker-state.ts';
export { consecutive } from './consecutive.ts';
export { type CountWindowOptions, countWindow } from './count-window.ts';
export { type KeyedBreakers, type KeyedBreakersOptions, keyedBreakers } from './keyed-breakers.ts';
export { type Ramp, type RampOptions, ramp } from './ramp.ts';
export { quotaExhausted, rateLimited, type ServiceLimit } from './service-limit.ts';
export { type SlowCallsOptions, slowCalls } from './slow-calls.ts';
export { type TimeWindowOptions, timeWindow } from './time-window.ts';
export type { Counted, TripCounter, TripRule } from './trip-rule.ts';
