import { defineFaults, fault, severity } from '../../faults/index.ts';
import { timeoutFaults } from '../timeout/index.ts';

/** What a stream was late with: see `StreamDeadlineOptions`. */
export type StreamPhase = 'connect' | 'first-chunk' | 'stall' | 'total';

/** How streams fail beside the errors of their sources. */
export const streamFaults = defineFaults('policies', {
  /** The source did not deliver in time: a TIMED_OUT, whose `timeoutMs` was allowed for the phase. */
  STREAM_TIMED_OUT: fault<
    { readonly pipeline: string; readonly timeoutMs: number; readonly phase: StreamPhase },
    typeof timeoutFaults.TIMED_OUT
  >({
    extends: timeoutFaults.TIMED_OUT,
    message: ({ pipeline, phase, timeoutMs }) => `${pipeline}: ${phase} later than ${timeoutMs} ms`,
  }),
  /** The source ended well, but nothing of what it sent was of use. */
  EMPTY_STREAM: fault<{
    /** The name of the pipeline. */
    readonly pipeline: string;
    /** How many chunks of no use there were. */
    readonly chunks: number;
  }>({
    category: 'output',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ pipeline, chunks }) => `${pipeline}: no output in ${chunks} chunks`,
  }),
});
