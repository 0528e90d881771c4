import { COUNT, checkOptions, FOREVER, POSITIVE } from '@sustain/kernel/options';
import type { PerformanceMonitor } from '../../performance/index.ts';
import type { HealthCheck } from '../health-check.ts';
import { type CheckOptions, ownFields } from './check-options.ts';

export interface PerformanceCheckOptions extends CheckOptions {
  /** The 95th percentile of an operation's durations from which on it is degraded. Milliseconds. Default 2000: seed 001. */
  readonly degradedAtMs?: number;
  /** From which on it is unhealthy. Default never: who is slow still serves. */
  readonly unhealthyAtMs?: number;
  /** Fewer calls in the window are no evidence. A whole number, 1 or more. Default 5. */
  readonly minimumCalls?: number;
}

/** The slowest of a performance monitor's operations, over its window (5 minutes unless it was told otherwise). */
export function performanceCheck(
  performance: Pick<PerformanceMonitor, 'operations'>,
  options: PerformanceCheckOptions = {},
): HealthCheck {
  const { degradedAtMs = 2000, unhealthyAtMs = FOREVER, minimumCalls = 5 } = options;
  checkOptions('performanceCheck', {
    degradedAtMs: [degradedAtMs, POSITIVE],
    unhealthyAtMs: [unhealthyAtMs, { least: degradedAtMs }],
    minimumCalls: [minimumCalls, COUNT],
  });
  return {
    ...ownFields(options, { name: 'performance' }),
    check() {
      const evident = performance.operations().filter(({ recent }) => recent.calls >= minimumCalls);
      const [slowest] = evident.sort((one, other) => other.recent.p95Ms - one.recent.p95Ms);
      if (slowest === undefined) return { status: 'healthy' };
      const p95Ms = Math.round(slowest.recent.p95Ms);
      const observed = { value: p95Ms, unit: 'ms' };
      if (p95Ms < degradedAtMs) return { status: 'healthy', observed };
      const message = `${slowest.name} takes ${p95Ms} ms (95th percentile of ${slowest.recent.calls} calls; slow from ${degradedAtMs} ms on)`;
      return { status: p95Ms < unhealthyAtMs ? 'degraded' : 'unhealthy', message, observed };
    },
  };
}
