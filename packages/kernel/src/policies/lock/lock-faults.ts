import { defineFaults, fault, severity } from '../../faults/index.ts';

/** What a lock refuses with. */
export const lockFaults = defineFaults('policies', {
  LOCK_TIMED_OUT: fault<{
    readonly lock: string;
    readonly key: string;
    readonly waitedMs: number;
    /** For how long the key has been held. */
    readonly heldMs: number;
    /** The operation that holds it, where there is one. */
    readonly holder: string | undefined;
    /** Whether that is the one that waited: it may wait for itself. */
    readonly ownOperation: boolean;
  }>({
    category: 'lock',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ lock, key, heldMs, holder, ownOperation }) =>
      `the ${lock} of ${key} is held for ${Math.round(heldMs)} ms by ${ownOperation ? 'the same operation; it is not re-entrant' : (holder ?? 'another call')}`,
    userMessage: 'Somebody else is changing this. Please try again.',
  }),
});
