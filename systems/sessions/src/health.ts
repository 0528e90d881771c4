import type { HealthCheck } from '@sustain/ops/health';
import type { SessionManager } from './manager/index.ts';

/**
 * How the session service is seen: by its operations, and by where its state is. While the primary store is away sessions
 * go on from the journal: that is degraded, not unhealthy.
 */
export function sessionHealthChecks(manager: SessionManager): readonly HealthCheck[] {
  return [
    {
      name: 'operations',
      check: async () => {
        const { operations, recent } = await manager.getHealthStatus();
        const { status, message } = operations;
        const observed = { value: recent.successRate, unit: '1' };
        return { status, observed, ...(message !== undefined && { message }) };
      },
    },
    {
      name: 'store',
      check: async () => {
        const { mode, fallback, message } = await manager.getHealthStatus();
        const waiting = fallback !== undefined && 'journalEntries' in fallback ? fallback.journalEntries : 0;
        const observed = { value: waiting, unit: 'writes in the journal' };
        if (mode === 'normal') return { status: 'healthy', observed };
        return { status: 'degraded', observed, ...(message !== undefined && { message }) };
      },
    },
  ];
}
