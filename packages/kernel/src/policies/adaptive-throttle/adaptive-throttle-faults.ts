import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/** What an adaptive throttle refuses with. */
export const adaptiveThrottleFaults = defineFaults('policies', {
  THROTTLED: fault<Throttled>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ adaptiveThrottle, share }) =>
      `${adaptiveThrottle} refuses ${Math.round(share * 100)} % of the calls for now`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
});

export interface Throttled extends FaultContext {
  readonly adaptiveThrottle: string;
  /** The share of calls that it refuses, 0 to 1. */
  readonly share: number;
}
