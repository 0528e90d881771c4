import { defineFaults, type FaultContext, fault } from '../../faults/index.ts';
import { tooMuch } from '../shared-policy.ts';

/** What a bulkhead refuses with. */
export const bulkheadFaults = defineFaults('policies', {
  BULKHEAD_FULL: fault<BulkheadFull>({
    ...tooMuch,
    message: ({ bulkhead, reason }) => `no room in the bulkhead ${bulkhead}: ${reason}`,
  }),
});

export interface BulkheadFull extends FaultContext {
  readonly bulkhead: string;
  /**
   * `full`: no place is left in the queue, or there is none. `displaced`: a call of greater priority took the place in
   * the queue. `codel`: the queue did not become empty for too long.
   */
  readonly reason: 'full' | 'displaced' | 'codel';
}
