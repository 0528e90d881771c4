import { type BreakerControls, type BreakerState, breakerState } from '@sustain/kernel';
import type { HealthCheck, HealthResult } from '../health-check.ts';
import { type CheckOptions, ownFields } from './check-options.ts';

/**
 * What a breaker says of what it guards: unhealthy while it is open, degraded while it probes, ramps up, is limited by
 * the service, or is held by hand. Not critical by default: a breaker is there so that the rest works without.
 */
export function breakerCheck(breaker: BreakerControls, options: CheckOptions = {}): HealthCheck {
  return {
    ...ownFields(options, { name: `breaker-${breaker.name}`, criticality: 'non-critical' }),
    check: () => judgeBreaker(breakerState(breaker)),
  };
}

function judgeBreaker(breaker: BreakerState): HealthResult {
  const { name, state, reason } = breaker;
  const observed = { value: state };
  if (state === 'closed') return { status: 'healthy', observed };
  const why = reason === undefined ? '' : ` (${reason})`;
  const wait =
    'retryAfterMs' in breaker && breaker.retryAfterMs
      ? `, the next try is in ${Math.ceil(breaker.retryAfterMs / 1000)} s`
      : '';
  const message = `the circuit of ${name} is ${state}${why}${wait}`;
  return { status: state === 'open' ? 'unhealthy' : 'degraded', message, observed };
}
