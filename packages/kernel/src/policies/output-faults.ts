import { defineFaults, fault, severity } from '../faults/index.ts';

/** What work fails of that has ended well. */
export const outputFaults = defineFaults('policies', {
  /** What it answered is not what was asked for: no sound, an empty transcript. */
  OUTPUT_REJECTED: fault<{
    /** The name of the pipeline; of a source in a chain, those of the chain and of the source. */
    readonly pipeline: string;
  }>({
    category: 'output',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ pipeline }) => `${pipeline}: no output of use`,
  }),
});
