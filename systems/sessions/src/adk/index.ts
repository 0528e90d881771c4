export type { StaleRule } from './backing.ts';
export {
  type AdkChange,
  type AdkSessionLeft,
  adkSessionConflict,
  adkSessionLeft,
  adkSessionsChanged,
  adkSessionsReplayed,
  type Conflict,
  type ConflictPage,
  type ConflictsOptions,
  type JournalledWrite,
} from './over-service/index.ts';
export type { OverManagerOptions, OverServiceOptions, ResilientSessionOptions } from './resilient-options.ts';
export { ResilientSessionService } from './resilient-session-service.ts';
export type { AdkSessionsState } from './sessions-state.ts';
