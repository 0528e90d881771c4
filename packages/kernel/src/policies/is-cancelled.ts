import { kernelFaults } from '../faults/index.ts';

/**
 * Whether an error says that somebody no longer wanted the work: what an aborted `fetch` throws. The caller's own
 * signal is known without this; it is for work that was aborted by another, nested or wrapped, which is no failure
 * of the dependency either.
 */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || kernelFaults.CANCELLED.matches(error));
}
