import { defineFaults, fault, severity } from '@sustain/kernel';

/** How drills themselves fail. What they find wrong in others are verdicts, not faults. */
export const drillFaults = defineFaults('drills', {
  UNUSABLE_HISTORY: fault<{ readonly problem: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ problem }) => `this is no history that can be checked: ${problem}`,
  }),
});
