import { defineFaults, fault, severity } from '../../faults/index.ts';

/** What a timeout ends calls with. No stack: that of a timer says nothing. */
export const timeoutFaults = defineFaults('policies', {
  /** The work did not end in time. A host's own timeout is the kernel's TIMEOUT; both have the category `timeout`. */
  TIMED_OUT: fault<{
    /** The name of the pipeline. */
    readonly pipeline: string;
    readonly timeoutMs: number;
  }>({
    category: 'timeout',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ pipeline, timeoutMs }) => `${pipeline}: no answer within ${timeoutMs} ms`,
    userMessage: 'This took too long.',
  }),
});
