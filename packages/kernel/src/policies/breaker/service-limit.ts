import { checkNumber } from '../../options/index.ts';
import { breakerFaults } from './breaker-faults.ts';
import type { Phase, Phased } from './phase.ts';

/** What a service has said of its limits. Made by `rateLimited` and `quotaExhausted`. */
export type ServiceLimit = (circuit: Phased) => void;

/** The service answers again after `retryAfterMs`, 0 or more: what a 429 says by Retry-After. A RangeError otherwise. */
export function rateLimited(retryAfterMs: number): ServiceLimit {
  checkNumber('retryAfterMs', retryAfterMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
  return (circuit) =>
    limit(
      circuit,
      'rate-limited',
      circuit.clock.monotonicMs() + retryAfterMs,
      breakerFaults.RATE_LIMITED_BY_SERVICE,
    );
}

/**
 * What the service grants is used up, until `untilWallMs` in Unix milliseconds, or until `reset` where that is not
 * given. A RangeError when it is below 0.
 */
export function quotaExhausted(untilWallMs: number = Number.POSITIVE_INFINITY): ServiceLimit {
  checkNumber('untilWallMs', untilWallMs, { least: 0 });
  return (circuit) => {
    const { clock } = circuit;
    const untilMs = clock.monotonicMs() + Math.max(untilWallMs - clock.wallMs(), 0);
    limit(circuit, 'quota-exhausted', untilMs, breakerFaults.QUOTA_EXHAUSTED);
  };
}

/** The longer wait counts, and the stronger reason for it. */
function limit(
  circuit: Phased,
  state: 'rate-limited' | 'quota-exhausted',
  endMs: number,
  fault: NonNullable<Phase['fault']>,
): void {
  const { phase } = circuit;
  if (circuit.isolations + circuit.forcings > 0) return;
  if (phase.state === 'quota-exhausted' && state !== phase.state) return;
  const untilMs = Math.max(endMs, phase.untilMs ?? 0);
  circuit.become(
    {
      state,
      untilMs,
      fault,
      admits: (nowMs) => nowMs >= untilMs && circuit.tryAgain(nowMs),
    },
    state,
  );
}
