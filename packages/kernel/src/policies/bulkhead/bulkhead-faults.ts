import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/** What a bulkhead refuses with. */
export const bulkheadFaults = defineFaults('policies', {
  BULKHEAD_FULL: fault<BulkheadFull>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    retryable: true,
    stack: false,
    message: ({ bulkhead, reason }) => `no room in the bulkhead ${bulkhead}: ${reason}`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
});

export interface BulkheadFull extends FaultContext {
  readonly bulkhead: string;
  /**
   * `full`: no place is left in the queue, or there is none. `displaced`: a call of greater priority took the place in
   * the queue. `max-wait`: it waited for as long as it may. `codel`: the queue did not become empty for too long.
   */
  readonly reason: 'full' | 'displaced' | 'max-wait' | 'codel';
  /** How long the last call waited that was admitted from the queue; null when none was. */
  readonly retryAfterMs: number | null;
}
