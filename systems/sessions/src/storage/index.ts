export { REMEMBERED_CHANGES } from './last-changes.ts';
export { clearAllLeftovers, clearLeftovers, type LeftoversOptions } from './leftovers.ts';
export { isExpired, OpenSession } from './open-session.ts';
export {
  type Changed,
  type CreateTerms,
  type EventRange,
  type OpenOptions,
  type ReadSession,
  SessionFiles,
  type SessionFilesOptions,
} from './session-files.ts';
export { type MemoryLimits, SessionMemory } from './session-memory.ts';
export type { Removed } from './session-removal.ts';
