import type { HealthStatus } from './health-check.ts';
import type { CheckReport, HealthReport, ServiceDescription } from './health-report.ts';

/** The media type of {@link HealthDocument}: draft-inadarei-api-health-check. */
export const healthMediaType = 'application/health+json';

/** A health report as the draft spells it, and since when; `checks` is keyed `system:check`. */
export interface HealthDocument extends ServiceDescription {
  readonly status: 'pass' | 'warn' | 'fail';
  /** Since when the status is that. ISO 8601. */
  readonly lastChange?: string;
  /** The messages of what is not well, when something is not. */
  readonly output?: string;
  readonly checks: Readonly<Record<string, readonly CheckDocument[]>>;
}

interface CheckDocument {
  readonly status: 'pass' | 'warn' | 'fail';
  readonly componentId: string;
  /** Whether the whole fails when this does; otherwise it warns. */
  readonly critical: boolean;
  readonly time: string;
  readonly lastChange: string;
  readonly output?: string;
  readonly observedValue?: number | string | boolean;
  readonly observedUnit?: string;
}

const words = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail' } as const;

/** 200 as long as requests are served, even with less; 503 when they are not. */
export function httpStatusOf(status: HealthStatus): 200 | 503 {
  return status === 'unhealthy' ? 503 : 200;
}

export function healthDocument(report: HealthReport): HealthDocument {
  const complaints = report.checks.filter((check) => check.status !== 'healthy');
  return {
    status: words[report.overallHealth],
    ...report.service,
    lastChange: isoTime(report.lastChange),
    ...(complaints.length > 0 && { output: complaints.map(complaint).join('; ') }),
    checks: Object.fromEntries(
      report.checks.map((check) => [`${check.system}:${check.name}`, [checkDocument(check)]]),
    ),
  };
}

function checkDocument(check: CheckReport): CheckDocument {
  const { observed } = check;
  return {
    status: words[check.status],
    componentId: check.system,
    critical: check.criticality === 'critical',
    time: isoTime(check.timestamp),
    lastChange: isoTime(check.lastChange),
    ...(check.status !== 'healthy' && check.message !== undefined && { output: check.message }),
    ...(observed && { observedValue: observed.value }),
    ...(observed?.unit !== undefined && { observedUnit: observed.unit }),
  };
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

function complaint(check: CheckReport): string {
  return `${check.system}:${check.name} ${check.message ?? check.status}`;
}
