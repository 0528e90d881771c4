import { defineFaults, fault, severity } from '../../faults/index.ts';

/** What a chain of sources fails of. */
export const fallbackChainFaults = defineFaults('policies', {
  OUTPUT_REJECTED: fault<{
    readonly chain: string;
    readonly source: string;
  }>({
    category: 'output',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ chain, source }) => `${chain}: the output of ${source} is not good`,
  }),
  ALL_SOURCES_FAILED: fault<{
    readonly chain: string;
    /** In the order in which they were tried. The errors themselves are in the cause, an AggregateError. */
    readonly causes: readonly { readonly source: string; readonly error: string }[];
  }>({
    category: 'fallback',
    severity: severity.ERROR,
    recovery: 'default_fallback',
    retryable: true,
    message: ({ chain, causes }) =>
      `${chain}: all sources failed: ${causes.map(({ source, error }) => `${source} (${error})`).join(', ')}`,
    userMessage: 'This is not available at the moment.',
  }),
});
