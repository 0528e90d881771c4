export { type HealthCheck, type HealthResult, type HealthStatus, worstStatus } from './health-check.ts';
export { type HealthDocument, healthDocument, healthMediaType, httpStatusOf } from './health-json.ts';
export { HealthMonitor, type HealthMonitorOptions } from './health-monitor.ts';
export type { CheckReport, HealthReport } from './health-report.ts';
