import type { HealthResult } from '../health-check.ts';
import type { ServiceStatus } from './service-status.ts';

/**
 * Unhealthy when it is not available; degraded when its success rate is below the threshold on too little evidence, or
 * when the 95th percentile of response times is slow.
 */
export function judgeService(service: ServiceStatus): HealthResult {
  const { available, successRateThreshold: threshold, recent, responseTimes, slowMs, lastError } = service;
  const observed = { value: recent.successRate, unit: '1' };
  if (recent.successRate < threshold) {
    const last = lastError === undefined ? '' : `, last: ${lastError.message}`;
    const message = `${recent.failures} of ${recent.operations} operations failed${last}`;
    return { status: available ? 'degraded' : 'unhealthy', message, observed };
  }
  if (responseTimes.p95Ms < slowMs) return { status: 'healthy', observed };
  const p95Ms = Math.round(responseTimes.p95Ms);
  const message = `the 95th percentile of response times is ${p95Ms} ms (slow from ${slowMs} ms on)`;
  return { status: 'degraded', message, observed: { value: p95Ms, unit: 'ms' } };
}
