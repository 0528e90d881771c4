import { defineFaults, type FaultContext, fault } from '../../faults/index.ts';
import { tooMuch } from '../shared-policy.ts';

/** What an adaptive throttle refuses with. Not retryable: who insists is refused the more. */
export const adaptiveThrottleFaults = defineFaults('policies', {
  THROTTLED: fault<Throttled>({
    ...tooMuch,
    retryable: false,
    message: ({ adaptiveThrottle, share }) =>
      `${adaptiveThrottle} refuses ${Math.round(share * 100)} % of the calls for now`,
  }),
});

export interface Throttled extends FaultContext {
  readonly adaptiveThrottle: string;
  /** The share of calls that it refuses, 0 to 1. */
  readonly share: number;
}
