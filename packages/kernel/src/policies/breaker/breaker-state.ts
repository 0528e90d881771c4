import { defineSignal } from '../../signals/index.ts';
import type { Counted } from './trip-rule.ts';

/** What a breaker is doing. Each state has only its own fields. */
export type BreakerState =
  | {
      /** Calls pass and are counted. */
      readonly state: 'closed';
      /** What each of its rules has counted, in the order in which they were given. */
      readonly counted: readonly Counted[];
    }
  | {
      /** Calls are refused. The first one after the wait makes the breaker half-open. */
      readonly state: 'open';
      readonly reason: BreakerReason;
      /** What is left of the wait; 0 when it is over. */
      readonly retryAfterMs: number;
      /** How often it has opened since it was last closed, this time included. */
      readonly timesOpened: number;
    }
  | {
      /** A few calls pass as probes; what comes of them decides. Other calls are refused. */
      readonly state: 'half-open';
      readonly probing: number;
      readonly succeeded: number;
      readonly failed: number;
    }
  | {
      /** The probes have succeeded: a growing share of the calls passes. */
      readonly state: 'recovering';
      /** The share of calls that pass now. */
      readonly share: number;
      readonly succeeded: number;
      readonly failed: number;
    }
  | {
      /** The service has said when to come back. Calls are refused until then. */
      readonly state: 'rate-limited';
      readonly retryAfterMs: number;
    }
  | {
      /** What the service grants is used up. Calls are refused until then, or, if it is null, until `reset`. */
      readonly state: 'quota-exhausted';
      readonly retryAfterMs: number | null;
    }
  | {
      /** Calls are refused until everyone who isolated the breaker has released it. */
      readonly state: 'isolated';
      readonly holds: number;
      readonly retryAfterMs: null;
    }
  | {
      /** All calls pass, whatever comes of them, until everyone who forced it has released it. */
      readonly state: 'forced-closed';
      readonly holds: number;
      readonly counted: readonly Counted[];
      /** Why it would have opened, the last time that it would have. */
      readonly wouldOpen: BreakerReason | undefined;
    };

export type BreakerStateName = BreakerState['state'];

const ANY_FREE = ['closed', 'open', 'half-open', 'recovering', 'rate-limited', 'quota-exhausted'] as const;
const RUNNING = ['closed', 'recovering'] as const;
const OPEN = ['open'] as const;
const CLOSED = ['closed'] as const;
const HALF_OPEN = ['half-open'] as const;
const LIMITED = ['rate-limited', 'quota-exhausted'] as const;

/**
 * Every change that a breaker can make: by its reason, from any of the first states to any of the second that is not
 * the same. There are no others.
 */
export const breakerTransitions = {
  'consecutive-failures': [RUNNING, OPEN],
  'failure-ratio': [RUNNING, OPEN],
  'slow-calls': [RUNNING, OPEN],
  'wait-over': [['open', 'rate-limited', 'quota-exhausted'], HALF_OPEN],
  'probes-succeeded': [HALF_OPEN, RUNNING],
  'probes-failed': [HALF_OPEN, OPEN],
  'probe-overdue': [HALF_OPEN, OPEN],
  'recovery-failed': [['recovering'], OPEN],
  recovered: [['recovering'], CLOSED],
  'rate-limited': [['closed', 'open', 'half-open', 'recovering'], ['rate-limited']],
  'quota-exhausted': [ANY_FREE, ['quota-exhausted']],
  /** Of a circuit that had not opened: there is nothing to probe. */
  'limit-over': [LIMITED, RUNNING],
  'forced-closed': [ANY_FREE, ['forced-closed']],
  isolated: [
    ['closed', 'open', 'half-open', 'recovering', 'rate-limited', 'quota-exhausted', 'forced-closed'],
    ['isolated'],
  ],
  released: [
    ['isolated', 'forced-closed'],
    ['closed', 'forced-closed'],
  ],
  reset: [ANY_FREE, CLOSED],
  restored: [CLOSED, OPEN],
} as const satisfies Record<string, readonly [readonly BreakerStateName[], readonly BreakerStateName[]]>;

export type BreakerReason = keyof typeof breakerTransitions;

export interface BreakerTransition {
  readonly from: BreakerStateName;
  readonly to: BreakerStateName;
  readonly reason: BreakerReason;
}

/** A breaker has changed its state. The source of the signal is the breaker's name. */
export const breakerChanged = defineSignal<BreakerTransition & { readonly breaker: string }>(
  'breaker.changed',
);
