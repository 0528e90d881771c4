import {
  breakerChanged,
  chainStepped,
  fallbackUsed,
  hedgeStarted,
  hedgeWon,
  policyRefused,
  retryExhausted,
  retryScheduled,
  revalidationFailed,
  staleServed,
} from '@sustain/kernel';
import type { Metrics } from '../metrics.ts';
import { type Hear, longBuckets } from './hear.ts';

/** @internal What policies did to calls. The source of their signals is the pipeline, or the policy's own name. */
export function policyFigures(hear: Hear, metrics: Metrics): void {
  const retries = metrics.counter('sustain_retries_total', {
    help: 'Attempts that were made again.',
    labels: ['pipeline'],
  });
  const exhausted = metrics.counter('sustain_retries_exhausted_total', {
    help: 'Calls that failed when no further attempt was allowed.',
    labels: ['pipeline', 'reason'],
  });
  const refusals = metrics.counter('sustain_refusals_total', {
    help: 'Calls that a policy refused: bulkhead, rate-limit, shed, throttle.',
    labels: ['policy', 'name'],
  });
  const fallbacks = metrics.counter('sustain_fallbacks_used_total', {
    help: 'Calls that a fallback stood in for.',
    labels: ['pipeline'],
  });
  const steps = metrics.counter('sustain_fallback_chain_steps_total', {
    help: 'Steps of fallback chains from one source to another.',
    labels: ['chain', 'from', 'to', 'reason'],
  });
  const hedges = metrics.counter('sustain_hedges_total', {
    help: 'Calls that were made once more beside one that took long.',
    labels: ['pipeline'],
  });
  const hedgesWon = metrics.counter('sustain_hedges_won_total', {
    help: 'Hedges that gave the first good answer.',
    labels: ['pipeline'],
  });
  const stale = metrics.counter('sustain_stale_answers_total', {
    help: 'Answers that were not fresh any more.',
    labels: ['cache'],
  });
  const staleAges = metrics.histogram('sustain_stale_answer_age_seconds', {
    help: 'How old the answers were that were not fresh any more.',
    labels: ['cache'],
    buckets: longBuckets,
  });
  const revalidations = metrics.counter('sustain_revalidations_failed_total', {
    help: 'Fresh answers that could not be had in the background.',
    labels: ['cache'],
  });

  hear(retryScheduled, ({ source }) => retries.add(1, { pipeline: source }));
  hear(retryExhausted, ({ source, data: { reason } }) => exhausted.add(1, { pipeline: source, reason }));
  hear(policyRefused, ({ source, data: { policy } }) => refusals.add(1, { policy, name: source }));
  hear(fallbackUsed, ({ source }) => fallbacks.add(1, { pipeline: source }));
  hear(chainStepped, ({ data: { chain, from, to, reason } }) => {
    steps.add(1, { chain, from, to: to ?? 'none', reason });
  });
  hear(hedgeStarted, ({ source }) => hedges.add(1, { pipeline: source }));
  hear(hedgeWon, ({ source }) => hedgesWon.add(1, { pipeline: source }));
  hear(staleServed, ({ source, data: { ageMs } }) => {
    stale.add(1, { cache: source });
    staleAges.observe(ageMs / 1000, { cache: source });
  });
  hear(revalidationFailed, ({ source }) => revalidations.add(1, { cache: source }));
  breakerFigures(hear, metrics);
}

function breakerFigures(hear: Hear, metrics: Metrics): void {
  const transitions = metrics.counter('sustain_breaker_transitions_total', {
    help: 'Changes of circuit breakers.',
    labels: ['breaker', 'from', 'to', 'reason'],
  });
  const state = metrics.gauge('sustain_breaker_state', {
    help: 'The state of circuit breakers that have changed: 1 for the one that it is in, 0 for those that it was in.',
    labels: ['breaker', 'state'],
  });

  hear(breakerChanged, ({ source: breaker, data: { from, to, reason } }) => {
    transitions.add(1, { breaker, from, to, reason });
    state.set(0, { breaker, state: from });
    state.set(1, { breaker, state: to });
  });
}
