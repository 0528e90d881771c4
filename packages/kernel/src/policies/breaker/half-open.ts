import type { BreakerRules } from './breaker-options.ts';
import type { Phase, Phased } from './phase.ts';

/** @internal Lets as many calls through as it needs probes, and decides as soon as their results cannot be turned. */
export function halfOpen(circuit: Phased, rules: BreakerRules): Phase {
  const { halfOpenProbes, halfOpenSuccessRatio, probeDeadlineMs } = rules;
  const { gate } = circuit;
  // The tolerance keeps 3 of 10 from missing a ratio of 0.3 by a rounding error.
  const needed = Math.ceil(halfOpenProbes * halfOpenSuccessRatio - 1e-9);
  let succeeded = 0;
  let failed = 0;
  let overdueMs = Number.POSITIVE_INFINITY;
  return {
    state: 'half-open',
    admits(nowMs) {
      const isFull = gate.active + succeeded + failed >= halfOpenProbes;
      if (!isFull) overdueMs = nowMs + probeDeadlineMs;
      else if (nowMs >= overdueMs) circuit.open('probe-overdue', nowMs);
      return !isFull;
    },
    judge(isFailure, nowMs, call) {
      const isSlow = ({ slowMs }: { readonly slowMs?: number }) =>
        call !== undefined && slowMs !== undefined && nowMs - call.startMs > slowMs;
      if (isFailure || circuit.countersAt(nowMs).some(isSlow)) failed++;
      else succeeded++;
      if (succeeded >= needed) circuit.close('probes-succeeded', nowMs);
      else if (failed > halfOpenProbes - needed) circuit.open('probes-failed', nowMs);
    },
    view: () => ({ probing: gate.active, succeeded, failed }),
  };
}
