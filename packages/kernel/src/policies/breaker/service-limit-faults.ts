import { defineFaults, fault, severity } from '../../faults/index.ts';
import { type Refused, refusing, until } from './breaker-faults.ts';

const limited = { ...refusing, category: 'rate-limit' };

/** What a breaker refuses with while the service behind it is limited. */
export const serviceLimitFaults = defineFaults('policies', {
  RATE_LIMITED_BY_SERVICE: fault<Refused>({
    ...limited,
    message: (context) => until('rate limited', context),
  }),
  QUOTA_EXHAUSTED: fault<Refused>({
    ...limited,
    severity: severity.ERROR,
    message: (context) => until('out of quota', context),
    userMessage: 'This is used up for now.',
  }),
});
