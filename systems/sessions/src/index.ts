export { type SessionsConfiguration, sessionsSection } from './configuration.ts';
export {
  SessionConcurrentAccessError,
  SessionError,
  SessionNotFoundError,
  SessionServiceUnavailableError,
  SessionStorageCorruptedError,
  sessionFaults,
} from './faults.ts';
export { sessionHealthChecks } from './health.ts';
export { createSessions, type Sessions, type SessionsHost } from './main.ts';
export * from './manager/index.ts';
export * from './orchestration/index.ts';
export * from './recovery.ts';
export * from './routes/index.ts';
export type * from './session/index.ts';
export * from './signals.ts';
