import type { HealthResult, HealthStatus } from './health-check.ts';

/** What one run of a monitor's checks found. */
export interface HealthReport {
  /** The worst of the checks; `healthy` when there are none. */
  readonly overallHealth: HealthStatus;
  readonly checks: readonly CheckReport[];
  /** Unix time in milliseconds at which the run ended. */
  readonly timestamp: number;
}

/** One check's part of a report. */
export interface CheckReport extends HealthResult {
  readonly system: string;
  readonly name: string;
  /** How long the check took, or had been running when it was given up. Milliseconds. */
  readonly durationMs: number;
  /** Unix time in milliseconds at which the answer was known. */
  readonly timestamp: number;
}
