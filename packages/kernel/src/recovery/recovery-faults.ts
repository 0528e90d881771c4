import { defineFaults, fault, severity } from '../faults/index.ts';

/** How recoveries fail. They are reported with the outcome, and never handled themselves: that would be a loop. */
export const recoveryFaults = defineFaults('recovery', {
  /** Nobody knows the strategy, or it threw, answered nonsense, or did not end in time: its cause is TIMED_OUT then. */
  STRATEGY_FAILED: fault<{
    readonly strategy: string;
    readonly component: string;
    readonly problem: string;
  }>({
    category: 'recovery',
    severity: severity.ERROR,
    recovery: 'none',
    message: ({ strategy, component, problem }) => `${strategy} of ${component} failed itself: ${problem}`,
  }),
});
