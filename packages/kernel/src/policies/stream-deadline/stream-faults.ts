import { defineFaults, fault, severity } from '../../faults/index.ts';

/** What a stream was late with: see `StreamDeadlineOptions`. */
export type StreamPhase = 'connect' | 'first-chunk' | 'stall' | 'total';

/** How streams fail beside the errors of their sources. */
export const streamFaults = defineFaults('policies', {
  /** The source did not deliver in time. */
  STREAM_TIMED_OUT: fault<{
    /** The name of the pipeline. */
    readonly pipeline: string;
    readonly phase: StreamPhase;
    /** What was allowed for the phase. */
    readonly limitMs: number;
  }>({
    category: 'timeout',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ pipeline, phase, limitMs }) => `${pipeline}: ${phase} later than ${limitMs} ms`,
    userMessage: 'This took too long.',
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
