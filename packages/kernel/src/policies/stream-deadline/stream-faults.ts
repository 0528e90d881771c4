import { defineFaults, fault } from '../../faults/index.ts';
import { timeoutFaults } from '../timeout/index.ts';

/** What a stream was late with: see `StreamDeadlineOptions`. */
export type StreamPhase = 'connect' | 'firstChunk' | 'stall' | 'total';

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
});
