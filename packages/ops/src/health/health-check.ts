/** How well something works. Degraded still serves, with less. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What one look at a component found. */
export interface HealthResult {
  readonly status: HealthStatus;
  /** What is wrong and what it means, for a person. Left out while healthy. */
  readonly message?: string;
  /** The figure behind the verdict, with its unit (`ms`, `bytes`, `1` for a ratio). */
  readonly observed?: { readonly value: number | string | boolean; readonly unit?: string };
}

/** One question about one component, answered in a bounded time. */
export interface HealthCheck {
  /** Unique within its system: `synthesis`, `buffer`. */
  readonly name: string;
  /** Overrides the monitor's timeout for a check known to be slow. Milliseconds. */
  readonly timeoutMs?: number;
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
