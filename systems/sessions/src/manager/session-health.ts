import { type ServiceHealth, type ServiceStatus, worstStatus } from '@sustain/ops/health';
import type { FallbackState } from '@sustain/stores';

/** How the session service is doing: the figures of its operations, and where its state is. */
export interface SessionHealthStatus extends ServiceStatus {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** Why it is not healthy. */
  readonly message: string | undefined;
  /** What the figures of its operations alone say. */
  readonly operations: {
    readonly status: 'healthy' | 'degraded' | 'unhealthy';
    readonly message?: string | undefined;
  };
  /** `degraded`: the primary is away or has just returned, and what is written goes into the journal. */
  readonly mode: 'normal' | 'degraded';
  readonly instance: string;
  /** Undefined without a fallback. */
  readonly fallback: FallbackState | undefined;
  /** Sessions that this instance keeps in memory. */
  readonly sessionsInMemory: number;
}

/** What `forceHealthCheck` has tried, in order; it ends at the first that fails, but always tries to delete. */
export interface ForcedHealthCheck {
  readonly healthy: boolean;
  readonly steps: readonly HealthStep[];
  readonly status: SessionHealthStatus;
}

export interface HealthStep {
  readonly operation: 'create' | 'append' | 'update' | 'get' | 'list' | 'delete';
  readonly ok: boolean;
  readonly durationMs: number;
  /** In words, nothing secret in it. */
  readonly error?: string;
}

/** @internal What is known besides the figures. */
export interface SessionWhereabouts {
  readonly instance: string;
  readonly fallback: FallbackState | undefined;
  readonly sessionsInMemory: number;
}

/** @internal */
export async function healthOf(
  service: ServiceHealth,
  whereabouts: SessionWhereabouts,
): Promise<SessionHealthStatus> {
  const { fallback } = whereabouts;
  const judged = (await service.check().check(new AbortController().signal)) ?? {
    status: 'healthy' as const,
  };
  const isAway = fallback !== undefined && fallback.state !== 'primary';
  const status = isAway ? worstStatus([judged.status, 'degraded']) : judged.status;
  const message = judged.message ?? (isAway ? describe(fallback) : undefined);
  const operations = { status: judged.status, message: judged.message };
  const mode = isAway ? 'degraded' : 'normal';
  return { ...service.status(), ...whereabouts, status, message, operations, mode };
}

function describe(fallback: FallbackState): string {
  const reason = 'reason' in fallback && fallback.reason !== undefined ? `: ${fallback.reason}` : '';
  const waiting = 'journalEntries' in fallback ? `, ${fallback.journalEntries} writes in the journal` : '';
  return `the fallback is ${fallback.state}${reason}${waiting}`;
}
