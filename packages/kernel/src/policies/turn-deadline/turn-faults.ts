import { defineFaults, fault, severity } from '../../faults/index.ts';

/** How turns fail beside the errors of their steps. */
export const turnFaults = defineFaults('policies', {
  /** A step has used up its share of the turn. Not retryable: the turn is late whatever is tried. */
  TURN_DEADLINE: fault<{
    readonly step: string;
    /** What the step was allowed. 0 when nothing was left for it. */
    readonly allowedMs: number;
    /** What the turn is allowed. */
    readonly totalMs: number;
  }>({
    category: 'timeout',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ step, allowedMs, totalMs }) => `${step}: no time left, ${allowedMs} of ${totalMs} ms`,
    userMessage: 'This took too long.',
  }),
});
