import { checkNumber, FOREVER, WAIT } from '../../options/index.ts';
import type { Circuit, ServiceLimit } from './circuit.ts';
import { clockOf } from './judge-calls.ts';
import { wait } from './phases.ts';
import { serviceLimitFaults } from './service-limit-faults.ts';

/** The service answers again after `retryAfterMs`, 0 or more: what a 429 says by Retry-After. A RangeError otherwise. */
export function rateLimited(retryAfterMs: number): ServiceLimit {
  checkNumber('retryAfterMs', retryAfterMs, WAIT);
  return (circuit) => limit(circuit, 'rate-limited', retryAfterMs);
}

/**
 * What the service grants is used up, until `untilWallMs` in Unix milliseconds, or until `reset` where that is not
 * given. A RangeError when it is below 0.
 */
export function quotaExhausted(untilWallMs: number = FOREVER): ServiceLimit {
  checkNumber('untilWallMs', untilWallMs, { least: 0 });
  return (circuit) => limit(circuit, 'quota-exhausted', Math.max(untilWallMs - clockOf(circuit).wallMs(), 0));
}

/** @internal The longer wait counts, and the stronger reason for it. */
export function limit(circuit: Circuit, state: 'rate-limited' | 'quota-exhausted', leftMs: number): void {
  const { phase } = circuit;
  const isQuota = state === 'quota-exhausted';
  if (phase.isHeld || (phase.state === 'quota-exhausted' && !isQuota)) return;
  const untilMs = Math.max(clockOf(circuit).monotonicMs() + leftMs, phase.untilMs ?? 0);
  const { QUOTA_EXHAUSTED, RATE_LIMITED_BY_SERVICE } = serviceLimitFaults;
  wait(circuit, state, untilMs, state, { fault: isQuota ? QUOTA_EXHAUSTED : RATE_LIMITED_BY_SERVICE });
}
