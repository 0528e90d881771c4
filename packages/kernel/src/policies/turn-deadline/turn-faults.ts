import { defineFaults, fault } from '../../faults/index.ts';
import { timeoutFaults } from '../timeout/index.ts';

/** How turns fail beside the errors of their steps. */
export const turnFaults = defineFaults('policies', {
  /**
   * A step has used up its share of the turn: its name is in `pipeline`, what it was allowed in `timeoutMs`, 0 when
   * nothing was left. A TIMED_OUT, but not retryable: the turn is late whatever is tried.
   */
  TURN_DEADLINE: fault({
    extends: timeoutFaults.TIMED_OUT,
    recovery: 'default_fallback',
    retryable: false,
  }),
});
