import { defineSignal } from '../../signals/index.ts';

/** What a breaker is doing. Each state has only its own fields. */
export type BreakerState =
  | {
      /** Calls pass and are counted. */
      readonly state: 'closed';
      readonly consecutiveFailures: number;
      /** Calls in the window, and how many of them failed. 0 without a window. */
      readonly windowCalls: number;
      readonly windowFailures: number;
    }
  | {
      /** Calls are refused. The first one after the wait makes the breaker half-open. */
      readonly state: 'open';
      readonly reason: BreakerReason;
      /** What is left of the wait; 0 when it is over. */
      readonly retryAfterMs: number;
    }
  | {
      /** A few calls pass as probes; what comes of them decides. Other calls are refused. */
      readonly state: 'half-open';
      readonly probing: number;
      readonly succeeded: number;
      readonly failed: number;
    }
  | {
      /** Calls are refused until everyone who isolated the breaker has released it. */
      readonly state: 'isolated';
      readonly holds: number;
    };

export type BreakerStateName = BreakerState['state'];

/** Every change that a breaker can make, and why. There are no others. */
export const breakerTransitions = Object.freeze([
  { from: 'closed', to: 'open', reason: 'consecutive-failures' },
  { from: 'closed', to: 'open', reason: 'failure-ratio' },
  { from: 'open', to: 'half-open', reason: 'wait-over' },
  { from: 'half-open', to: 'closed', reason: 'probes-succeeded' },
  { from: 'half-open', to: 'open', reason: 'probes-failed' },
  { from: 'half-open', to: 'open', reason: 'probe-overdue' },
  { from: 'closed', to: 'isolated', reason: 'isolated' },
  { from: 'open', to: 'isolated', reason: 'isolated' },
  { from: 'half-open', to: 'isolated', reason: 'isolated' },
  { from: 'isolated', to: 'closed', reason: 'released' },
] as const);

export type BreakerTransition = (typeof breakerTransitions)[number];
export type BreakerReason = BreakerTransition['reason'];

/** A breaker has changed its state. The source of the signal is the breaker's name. */
export const breakerChanged = defineSignal<BreakerTransition & { readonly breaker: string }>(
  'breaker.changed',
);
