import type { Fault } from '../faults/index.ts';

/** Why a child ended. */
export type ExitReason = { readonly kind: 'finished' } | { readonly kind: 'failed'; readonly fault: Fault };

/** Of a child, or a supervisor, that failed of `fault`, or finished without one. */
export function exitOf(fault: Fault | undefined): ExitReason {
  return fault ? { kind: 'failed', fault } : { kind: 'finished' };
}
