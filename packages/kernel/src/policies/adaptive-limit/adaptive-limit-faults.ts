import { defineFaults, type FaultContext, fault } from '../../faults/index.ts';
import { tooMuch } from '../shared-policy.ts';

/** What an adaptive limit refuses with. */
export const adaptiveLimitFaults = defineFaults('policies', {
  CONCURRENCY_LIMITED: fault<ConcurrencyLimited>({
    ...tooMuch,
    message: ({ adaptiveLimit, limit }) =>
      `${adaptiveLimit} takes no more than ${limit} calls at once for now`,
  }),
});

export interface ConcurrencyLimited extends FaultContext {
  readonly adaptiveLimit: string;
  readonly limit: number;
}
