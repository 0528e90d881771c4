export type { ResponseTimes } from './last-times.ts';
export {
  type ServiceCheckOptions,
  ServiceHealth,
  type ServiceHealthOptions,
  type ServiceOutcome,
  type SlowService,
  serviceSlow,
} from './service-health.ts';
export type { ServiceStatus } from './service-status.ts';
