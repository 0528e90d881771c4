import { checkNumber } from '../../options/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Phase, ServiceLimit } from './circuit.ts';
import { clockOf } from './judge-calls.ts';
import { wait } from './phases.ts';
import { AMOUNT } from './ranges.ts';
import { serviceLimitFaults } from './service-limit-faults.ts';

/** The service answers again after `retryAfterMs`, 0 or more: what a 429 says by Retry-After. A RangeError otherwise. */
export function rateLimited(retryAfterMs: number): ServiceLimit {
  checkNumber('retryAfterMs', retryAfterMs, AMOUNT);
  return limit('rate-limited', serviceLimitFaults.RATE_LIMITED_BY_SERVICE, () => retryAfterMs);
}

/**
 * What the service grants is used up, until `untilWallMs` in Unix milliseconds, or until `reset` where that is not
 * given. A RangeError when it is below 0.
 */
export function quotaExhausted(untilWallMs: number = Number.POSITIVE_INFINITY): ServiceLimit {
  checkNumber('untilWallMs', untilWallMs, { least: 0 });
  const leftMs = (clock: Clock) => Math.max(untilWallMs - clock.wallMs(), 0);
  return limit('quota-exhausted', serviceLimitFaults.QUOTA_EXHAUSTED, leftMs);
}

/** The longer wait counts, and the stronger reason for it. */
function limit(
  state: 'rate-limited' | 'quota-exhausted',
  fault: NonNullable<Phase['fault']>,
  leftMs: (clock: Clock) => number,
): ServiceLimit {
  return (circuit) => {
    const { phase } = circuit;
    if (phase.isHeld || (phase.state === 'quota-exhausted' && state === 'rate-limited')) return;
    const clock = clockOf(circuit);
    const untilMs = Math.max(clock.monotonicMs() + leftMs(clock), phase.untilMs ?? 0);
    wait(circuit, state, untilMs, state, { fault });
  };
}
