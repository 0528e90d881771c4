import { checkOption, FOREVER, WAIT } from '../../options/index.ts';
import type { BreakerControls, ServiceLimit } from './breaker-controls.ts';
import { clockOf } from './breaker-state.ts';
import type { Circuit } from './circuit.ts';
import { isHeld } from './hold.ts';
import { retryAfterMsOf, wait } from './phases.ts';
import { serviceLimitFaults } from './service-limit-faults.ts';

/**
 * The service answers again after `retryAfterMs`, 0 or more: what a 429 says by Retry-After. A RangeError otherwise. Told
 * to a breaker that is held by hand, it says nothing.
 */
export function rateLimited(retryAfterMs: number): ServiceLimit {
  checkOption('retryAfterMs', retryAfterMs, WAIT);
  return (breaker) => limit(breaker, 'rate-limited', retryAfterMs);
}

/**
 * What the service grants is used up, until `untilWallMs` in Unix milliseconds, or until `resetBreaker` where that is not
 * given. A RangeError when it is below 0. Likewise.
 */
export function quotaExhausted(untilWallMs: number = FOREVER): ServiceLimit {
  checkOption('untilWallMs', untilWallMs, { least: 0 });
  return (breaker) => limit(breaker, 'quota-exhausted', Math.max(untilWallMs - clockOf(breaker).wallMs(), 0));
}

/** @internal The longer wait counts, and the stronger reason for it. */
export function limit(
  breaker: BreakerControls,
  state: 'rate-limited' | 'quota-exhausted',
  leftMs: number,
): void {
  const circuit = breaker as Circuit;
  const isQuota = state === 'quota-exhausted';
  clockOf(breaker);
  if (isHeld(breaker) || (circuit.phase.state === 'quota-exhausted' && !isQuota)) return;
  const fault = serviceLimitFaults[isQuota ? 'QUOTA_EXHAUSTED' : 'RATE_LIMITED_BY_SERVICE'];
  wait(circuit, state, Math.max(leftMs, retryAfterMsOf(circuit) ?? FOREVER), state, fault);
}
