import type { Fault } from '@sustain/kernel';
import { fallbackFaults } from './fallback-faults.ts';

/** @internal That the spare of a store has failed. */
export function spareFault(store: string, error: unknown): Fault {
  const reason = `${(error as Error)?.message ?? error}`;
  return fallbackFaults.JOURNAL_UNAVAILABLE({ store, reason }, { cause: error });
}
