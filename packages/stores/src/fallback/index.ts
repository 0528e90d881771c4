export type { Conflict, ConflictPage, ConflictSide } from './conflict-records.ts';
export type { ConflictRule, ConflictRules, ConflictSides } from './conflict-rule.ts';
export type { FallbackStore } from './fallback-contract.ts';
export { fallbackFaults } from './fallback-faults.ts';
export type { FallbackOptions } from './fallback-options.ts';
export {
  type FallbackChange,
  fallbackChanged,
  fallbackConflict,
  fallbackReplayed,
  type ReplayProgress,
} from './fallback-signals.ts';
export type { FallbackState } from './fallback-state.ts';
export { fallbackStore } from './fallback-store.ts';
export { FIRST_LOCAL } from './local-revisions.ts';
