import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/** What a rate limit refuses with. */
export const rateLimitFaults = defineFaults('policies', {
  RATE_LIMITED: fault<RateLimited>({
    category: 'rate-limit',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ rateLimit, retryAfterMs }) =>
      `the rate limit ${rateLimit} is used up, retry in ${Math.ceil(retryAfterMs)} ms`,
    userMessage: 'Too many requests. Please try again in a moment.',
  }),
});

export interface RateLimited extends FaultContext {
  readonly rateLimit: string;
  /** When the quota has room for the call after those that wait. */
  readonly retryAfterMs: number;
}
