import { defineFaults, type FaultContext, fault } from '../../faults/index.ts';
import { tooMuch } from '../shared-policy.ts';

/** What a rate limit refuses with. */
export const rateLimitFaults = defineFaults('policies', {
  RATE_LIMITED: fault<RateLimited>({
    ...tooMuch,
    category: 'rate-limit',
    recovery: 'retry',
    message: ({ rateLimit, retryAfterMs }) =>
      `the rate limit ${rateLimit} is used up, retry in ${Math.ceil(retryAfterMs)} ms`,
  }),
});

export interface RateLimited extends FaultContext {
  readonly rateLimit: string;
  /** When the quota has room for the call after those that wait. */
  readonly retryAfterMs: number;
}
