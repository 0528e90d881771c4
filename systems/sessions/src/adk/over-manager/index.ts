export { ManagedSessions } from './managed-sessions.ts';
