import { defineFaults, fault, severity } from '../../faults/index.ts';

/** What a lock refuses with. */
export const lockFaults = defineFaults('policies', {
  LOCK_TIMED_OUT: fault<{
    readonly lock: string;
    readonly key: string;
    readonly waitedMs: number;
    /** For how long the key has been held. */
    readonly heldMs: number;
    /** The operation that holds it, where there is one. When that is the fault's own, it waits for itself. */
    readonly holder: string | undefined;
  }>({
    category: 'lock',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ lock, key, heldMs, holder }) =>
      `${lock} ${key}: held for ${heldMs} ms by ${holder ?? 'another call'}`,
    userMessage: 'Please try again.',
  }),
});
