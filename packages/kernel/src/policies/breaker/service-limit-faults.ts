import { defineFaults, fault, severity } from '../../faults/index.ts';
import { breakerFaults } from './breaker-faults.ts';

/** What a breaker refuses with while the service behind it is limited. Who catches CIRCUIT_OPEN catches them, too. */
export const serviceLimitFaults = defineFaults('policies', {
  RATE_LIMITED_BY_SERVICE: fault({ extends: breakerFaults.CIRCUIT_OPEN, category: 'rate-limit' }),
  QUOTA_EXHAUSTED: fault({
    extends: breakerFaults.CIRCUIT_OPEN,
    category: 'rate-limit',
    severity: severity.ERROR,
    userMessage: 'This is used up for now.',
  }),
});
