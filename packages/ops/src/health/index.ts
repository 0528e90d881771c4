export * from './checks/index.ts';
export {
  type Criticality,
  type HealthCheck,
  type HealthResult,
  type HealthStatus,
  worstStatus,
} from './health-check.ts';
export { type HealthDocument, healthDocument, healthMediaType, httpStatusOf } from './health-json.ts';
export { HealthMonitor, type HealthMonitorOptions } from './health-monitor.ts';
export type { CheckReport, HealthReport, ServiceDescription } from './health-report.ts';
export { type HealthChange, healthChanged } from './health-signals.ts';
export * from './loop-watch/index.ts';
export * from './service/index.ts';
