export { type Breaker, breaker } from './breaker.ts';
export type { BreakerOptions, BreakerWindow } from './breaker-options.ts';
export {
  type BreakerReason,
  type BreakerState,
  type BreakerStateName,
  type BreakerTransition,
  breakerChanged,
  breakerTransitions,
} from './breaker-state.ts';
