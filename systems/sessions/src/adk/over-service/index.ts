export {
  type AdkChange,
  type AdkSessionLeft,
  adkSessionConflict,
  adkSessionLeft,
  adkSessionsChanged,
  adkSessionsReplayed,
} from './adk-signals.ts';
export type { Conflict, ConflictPage, ConflictsOptions } from './conflict.ts';
export { GuardedSessions } from './guarded-sessions.ts';
export type { JournalledWrite } from './journal-record.ts';
