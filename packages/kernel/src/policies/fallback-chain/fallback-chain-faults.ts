import { defineFaults, fault, severity } from '../../faults/index.ts';

/** What a chain of sources fails of. */
export const fallbackChainFaults = defineFaults('policies', {
  ALL_SOURCES_FAILED: fault<{
    readonly chain: string;
    /** Which source failed of what, in the order of the attempts. The errors are in the cause, an AggregateError. */
    readonly causes: readonly string[];
  }>({
    category: 'fallback',
    severity: severity.ERROR,
    recovery: 'default_fallback',
    retryable: true,
    message: ({ chain, causes }) => `${chain}: all sources failed: ${causes.join(', ')}`,
  }),
});
