import { defineFaults, fault } from '../../faults/index.ts';
import { timeoutFaults } from '../timeout/index.ts';

/** How turns fail beside the errors of their steps. */
export const turnFaults = defineFaults('policies', {
  /**
   * Nothing was left of the turn when a step was to begin: its name is in `pipeline`, and `timeoutMs` is 0. A TIMED_OUT, but
   * not retryable: the turn is late whatever is tried.
   */
  TURN_DEADLINE: fault({
    extends: timeoutFaults.TIMED_OUT,
    recovery: 'default_fallback',
    retryable: false,
  }),
});
