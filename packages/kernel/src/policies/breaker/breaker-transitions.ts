import { defineSignal, type SignalType } from '../../signals/index.ts';

export type BreakerStateName =
  /** Calls pass and are counted. */
  | 'closed'
  /** Calls are refused. The first one after the wait makes the breaker half-open. */
  | 'open'
  /** A few calls pass as probes; what comes of them decides. Other calls are refused. */
  | 'half-open'
  /** The probes have succeeded: a growing share of the calls passes. */
  | 'recovering'
  /** The service has said when to come back. Calls are refused until then. */
  | 'rate-limited'
  /** What the service grants is used up. Calls are refused until then, or until `resetBreaker`. */
  | 'quota-exhausted'
  /** Calls are refused until everyone who isolated the breaker has released it. */
  | 'isolated'
  /** All calls pass, whatever comes of them, until everyone who forced it has released it. */
  | 'forced-closed';

type Limited = 'rate-limited' | 'quota-exhausted';
type Free = 'closed' | 'open' | 'half-open' | 'recovering' | Limited;
type Running = 'closed' | 'recovering';

/** Every change that a breaker can make: by its reason, from one state to another. There are no others. */
export interface BreakerTransitions {
  'consecutive-failures': { readonly from: Running; readonly to: 'open' };
  'failure-ratio': { readonly from: Running; readonly to: 'open' };
  'slow-calls': { readonly from: Running; readonly to: 'open' };
  'wait-over': { readonly from: 'open' | Limited; readonly to: 'half-open' };
  'probes-succeeded': { readonly from: 'half-open'; readonly to: Running };
  'probes-failed': { readonly from: 'half-open'; readonly to: 'open' };
  'probe-overdue': { readonly from: 'half-open'; readonly to: 'open' };
  'recovery-failed': { readonly from: 'recovering'; readonly to: 'open' };
  recovered: { readonly from: 'recovering'; readonly to: 'closed' };
  'rate-limited': { readonly from: Exclude<Free, Limited>; readonly to: 'rate-limited' };
  'quota-exhausted': { readonly from: Exclude<Free, 'quota-exhausted'>; readonly to: 'quota-exhausted' };
  /** Of a circuit that had not opened: there is nothing to probe. */
  'limit-over': { readonly from: Limited; readonly to: Running };
  'forced-closed': { readonly from: Free; readonly to: 'forced-closed' };
  isolated: { readonly from: Free | 'forced-closed'; readonly to: 'isolated' };
  released:
    | { readonly from: 'isolated'; readonly to: 'closed' | 'forced-closed' }
    | { readonly from: 'forced-closed'; readonly to: 'closed' };
  reset: { readonly from: Free; readonly to: Running };
  restored: { readonly from: Exclude<Free, 'open'>; readonly to: 'open' };
}

export type BreakerReason = keyof BreakerTransitions;

export interface BreakerTransition {
  readonly from: BreakerStateName;
  readonly to: BreakerStateName;
  readonly reason: BreakerReason;
}

/** A breaker has changed its state. The source of the signal is the breaker's name. */
export const breakerChanged: SignalType<BreakerTransition> = defineSignal('breaker.changed');
