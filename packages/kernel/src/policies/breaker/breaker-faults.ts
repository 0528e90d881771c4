import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/** What a breaker refuses calls with. No stacks: rejections happen by the thousand. */
export const breakerFaults = defineFaults('policies', {
  /** Not retryable: what refuses now refuses for `retryAfterMs`, and a fallback is nearer than that. */
  CIRCUIT_OPEN: fault<{
    readonly breaker: string;
    /** When the breaker lets a call try again; null while it is isolated, until it is released. */
    readonly retryAfterMs: number | null;
  }>({
    category: 'circuit',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) =>
      `the circuit ${breaker} is open, ${retryAfterMs === null ? 'isolated by hand' : `retry in ${Math.ceil(retryAfterMs)} ms`}`,
    userMessage: 'This service is paused for a moment because it failed repeatedly.',
  }),
  RATE_LIMITED_BY_SERVICE: fault<Limited>({
    category: 'rate-limit',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) => `${breaker} is rate limited${waitOf(retryAfterMs)}`,
    userMessage: 'Too many requests. Please try again in a moment.',
  }),
  QUOTA_EXHAUSTED: fault<Limited>({
    category: 'rate-limit',
    severity: severity.ERROR,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) => `the quota of ${breaker} is used up${waitOf(retryAfterMs)}`,
    userMessage: 'This is used up for now.',
  }),
});

/** What a breaker refuses with while the service behind it is limited. */
export interface Limited extends FaultContext {
  readonly breaker: string;
  /** When the limit is over; null when that is not known. */
  readonly retryAfterMs: number | null;
}

const waitOf = (retryAfterMs: number | null) =>
  retryAfterMs === null ? '' : `, retry in ${Math.ceil(retryAfterMs)} ms`;
