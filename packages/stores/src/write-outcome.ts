import { storeFaults } from './contract.ts';

/**
 * Whether a write that has failed with this may have happened, or may yet: not when it was refused, or was certainly not
 * made.
 */
export function mayHaveHappened(error: unknown): boolean {
  return storeFaults.OUTCOME_UNKNOWN.matches(error) || !REFUSALS.some((refusal) => refusal.matches(error));
}

const REFUSALS = [
  storeFaults.STORE_UNAVAILABLE,
  storeFaults.STORE_REQUEST_INVALID,
  storeFaults.GUARD_LOST,
  storeFaults.STORE_CLOSED,
];
