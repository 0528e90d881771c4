import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/** What an adaptive limit refuses with. */
export const adaptiveLimitFaults = defineFaults('policies', {
  CONCURRENCY_LIMITED: fault<ConcurrencyLimited>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    retryable: true,
    stack: false,
    message: ({ adaptiveLimit, limit }) =>
      `${adaptiveLimit} takes no more than ${limit} calls at once for now`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
});

export interface ConcurrencyLimited extends FaultContext {
  readonly adaptiveLimit: string;
  readonly limit: number;
}
