export { createSessionManager } from './create-session-manager.ts';
export type { SessionManagerOptions } from './manager-options.ts';
export type { ForcedHealthCheck, HealthStep, SessionHealthStatus } from './session-health.ts';
export type * from './session-manager.ts';
