import type { BreakerReason, BreakerTransitions } from './breaker-transitions.ts';

const ANY_FREE = ['closed', 'open', 'half-open', 'recovering', 'rate-limited', 'quota-exhausted'] as const;
const RUNNING = ['closed', 'recovering'] as const;
const OPEN = ['open'] as const;
const CLOSED = ['closed'] as const;
const HALF_OPEN = ['half-open'] as const;
const LIMITED = ['rate-limited', 'quota-exhausted'] as const;

/**
 * The table of `BreakerTransitions` as a value: by its reason, from any of the first states to any of the second that is
 * not the same.
 */
export const breakerTransitions = {
  'consecutive-failures': [RUNNING, OPEN],
  'failure-ratio': [RUNNING, OPEN],
  'slow-calls': [RUNNING, OPEN],
  'wait-over': [['open', ...LIMITED], HALF_OPEN],
  'probes-succeeded': [HALF_OPEN, RUNNING],
  'probes-failed': [HALF_OPEN, OPEN],
  'probe-overdue': [HALF_OPEN, OPEN],
  'recovery-failed': [['recovering'], OPEN],
  recovered: [['recovering'], CLOSED],
  'rate-limited': [['closed', 'open', 'half-open', 'recovering'], ['rate-limited']],
  'quota-exhausted': [ANY_FREE, ['quota-exhausted']],
  'limit-over': [LIMITED, RUNNING],
  'forced-closed': [ANY_FREE, ['forced-closed']],
  isolated: [[...ANY_FREE, 'forced-closed'], ['isolated']],
  released: [
    ['isolated', 'forced-closed'],
    ['closed', 'forced-closed'],
  ],
  reset: [ANY_FREE, RUNNING],
  restored: [ANY_FREE, OPEN],
} as const satisfies Record<BreakerReason, readonly [readonly string[], readonly string[]]>;

/** The changes of the table, of each reason. */
type Listed = {
  [Reason in BreakerReason]: (typeof breakerTransitions)[Reason] extends readonly [
    readonly (infer From)[],
    readonly (infer To)[],
  ]
    ? From extends unknown
      ? To extends From
        ? never
        : `${From & string} → ${To & string}`
      : never
    : never;
};

/** The changes of the type. */
type Declared = {
  [Reason in BreakerReason]: BreakerTransitions[Reason] extends infer Change
    ? Change extends { readonly from: infer From extends string; readonly to: infer To extends string }
      ? From extends unknown
        ? To extends From
          ? never
          : `${From} → ${To}`
        : never
      : never
    : never;
};

/** Does not compile unless type and value say the same. */
export const isSame: [Listed, Declared] extends [Declared, Listed] ? true : never = true;
