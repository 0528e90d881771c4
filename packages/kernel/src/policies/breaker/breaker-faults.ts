import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';
import type { BreakerStateName } from './breaker-transitions.ts';

/**
 * What a breaker refuses calls with. No stacks: rejections happen by the thousand. Not retryable: what refuses now refuses
 * for `retryAfterMs`, and a fallback is nearer than that.
 */
export const breakerFaults = defineFaults('policies', {
  CIRCUIT_OPEN: fault<Refused>({
    category: 'circuit',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, state, retryAfterMs }) =>
      `${breaker} is ${state}${retryAfterMs === null ? '' : `, retry in ${Math.ceil(retryAfterMs)} ms`}`,
    userMessage: 'This service is paused for a moment.',
  }),
});

export interface Refused extends FaultContext {
  readonly breaker: string;
  /** What it was doing when somebody looked at the fault. */
  readonly state: BreakerStateName;
  /** When the breaker lets a call try again; null when time does not tell: isolated, or for an unknown time. */
  readonly retryAfterMs: number | null;
}
