import type { Fault } from '../faults/index.ts';

/** Why a child ended. */
export type ExitReason = { readonly kind: 'finished' } | { readonly kind: 'failed'; readonly fault: Fault };
