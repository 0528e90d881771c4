/** How well something works. Degraded still serves, with less. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What one look at a component found. */
export interface HealthResult {
  readonly status: HealthStatus;
  /**
   * What is wrong and what it means, for a person. Left out while healthy. Only its first line gets out, without what
   * looks like a secret.
   */
  readonly message?: string;
  /** The figure behind the verdict, with its unit (`ms`, `bytes`, `1` for a ratio). */
  readonly observed?: { readonly value: number | string | boolean; readonly unit?: string };
}

/** What an unhealthy component means for the whole: it cannot work without it, or only with less. */
export type Criticality = 'critical' | 'non-critical';

/** One question about one component, answered in a bounded time. */
export interface HealthCheck {
  /** Unique within its system: `synthesis`, `buffer`. */
  readonly name: string;
  /** Unhealthy and `critical`: the system is unhealthy. Unhealthy and `non-critical`: it is degraded. Default critical. */
  readonly criticality?: Criticality;
  /** Overrides the monitor's timeout for a check known to be slow. Milliseconds. */
  readonly timeoutMs?: number;
  /** For how long an answer is given again instead of another look. Milliseconds, 0 or more. Default 0: each time a look. */
  readonly cacheMs?: number;
  /**
   * Looks, changes nothing. May throw or reject: that counts as unhealthy, with the error's message.
   * `signal` aborts when the check's time is up; what has not stopped by then is not waited for.
   */
  check(signal: AbortSignal): HealthResult | Promise<HealthResult>;
}

const rank: Readonly<Record<HealthStatus, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

export function isHealthStatus(value: unknown): value is HealthStatus {
  return value === 'healthy' || value === 'degraded' || value === 'unhealthy';
}

/** The worst of several; `healthy` for none. */
export function worstStatus(statuses: Iterable<HealthStatus>): HealthStatus {
  let worst: HealthStatus = 'healthy';
  for (const status of statuses) if (rank[status] > rank[worst]) worst = status;
  return worst;
}

/** What the whole is because of one check. */
export function statusForTheWhole(status: HealthStatus, criticality: Criticality): HealthStatus {
  return status === 'unhealthy' && criticality === 'non-critical' ? 'degraded' : status;
}
