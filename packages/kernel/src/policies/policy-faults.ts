import { defineFaults, fault, severity } from '../faults/index.ts';

/**
 * What policies refuse and end calls with. They capture no stack: rejections happen by the thousand, and a timeout
 * is made in a timer, whose stack says nothing.
 */
export const policyFaults = defineFaults('policies', {
  /** Not retryable: what refuses now refuses for `retryAfterMs`, and a fallback is nearer than that. */
  CIRCUIT_OPEN: fault<{
    readonly breaker: string;
    /** When the breaker lets a call try again; null while it is isolated, until it is released. */
    readonly retryAfterMs: number | null;
  }>({
    category: 'circuit',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) =>
      `the circuit ${breaker} is open, ${retryAfterMs === null ? 'isolated by hand' : `retry in ${Math.ceil(retryAfterMs)} ms`}`,
    userMessage: 'This service is paused for a moment because it failed repeatedly.',
  }),
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
