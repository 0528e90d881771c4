import { COUNT, checkOptions } from '../../options/index.ts';
import type { TripRule } from './trip-rule.ts';

/** Opens after so many failures in a row. A whole number, 1 or more; a RangeError otherwise. */
export function consecutive(failures: number): TripRule {
  checkOptions('breaker', { consecutive: [failures, COUNT] });
  return {
    reason: 'consecutive-failures',
    begin: () => ({ calls: 0, failures: 0 }),
    count(tally, _nowMs, succeeded, failed = 0) {
      tally.failures = (succeeded > 0 ? 0 : tally.failures) + failed;
      tally.calls = tally.failures;
      return tally.failures >= failures;
    },
  };
}
