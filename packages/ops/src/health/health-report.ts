import type { Criticality, HealthResult, HealthStatus } from './health-check.ts';

/** Who is healthy, as a program says it of itself. */
export interface ServiceDescription {
  /** Stays the same over versions and machines. */
  readonly serviceId?: string;
  /** Of the interface: `1`. */
  readonly version?: string;
  /** Of the program: `1.4.2`, or a commit. */
  readonly releaseId?: string;
  readonly description?: string;
}

/** What one run of a monitor's checks found. */
export interface HealthReport {
  /** The worst of what the checks mean for the whole; `healthy` when there are none. */
  readonly overallHealth: HealthStatus;
  /** Since when it is that, in Unix milliseconds: of all checks together, or of the one system that was asked for. */
  readonly lastChange: number;
  readonly checks: readonly CheckReport[];
  /** Unix time in milliseconds at which the run ended. */
  readonly timestamp: number;
  /** For how long another run would answer the same, because all checks are cached. Milliseconds. */
  readonly cachedMs: number;
  readonly service: ServiceDescription;
}

/** One check's part of a report. */
export interface CheckReport extends HealthResult {
  readonly system: string;
  readonly name: string;
  readonly criticality: Criticality;
  /** Since when the status is what it is, in Unix milliseconds: at first, the first look. */
  readonly lastChange: number;
  /** How long the check took, or had been running when it was given up. Milliseconds. */
  readonly durationMs: number;
  /** Unix time in milliseconds at which the answer was known. */
  readonly timestamp: number;
}
