import {
  degraded,
  faultCleared,
  faultRaised,
  faultStorm,
  machineChanged,
  machineFailed,
  recoveryFinished,
  severityName,
  transactionFinished,
} from '@sustain/kernel';
import type { Metrics } from '../metrics.ts';
import { type Hear, longBuckets } from './hear.ts';

/** @internal What went wrong and what came of it. */
export function faultFigures(hear: Hear, metrics: Metrics): void {
  const faults = metrics.counter('sustain_faults_total', {
    help: 'Faults that were raised, save those that a storm kept silent.',
    labels: ['system', 'code', 'component', 'severity'],
  });
  const errors = metrics.counter('sustain_errors_total', {
    help: 'Errors by type: the category of the fault, or what was recorded.',
    labels: ['type'],
  });
  const storms = metrics.counter('sustain_fault_storms_total', {
    help: 'Windows in which faults of a kind came so fast that the rest was not told.',
    labels: ['system', 'code', 'component'],
  });
  const cleared = metrics.counter('sustain_faults_cleared_total', {
    help: 'Faults that are no longer current.',
    labels: ['system', 'code', 'component'],
  });
  const recoveries = metrics.counter('sustain_recoveries_total', {
    help: 'Recoveries that came to an end, by strategy and by what they came to.',
    labels: ['strategy', 'outcome'],
  });
  const durations = metrics.histogram('sustain_recovery_duration_seconds', {
    help: 'How long recoveries took.',
    labels: ['strategy'],
    buckets: longBuckets,
  });
  const degradations = metrics.counter('sustain_degradations_total', {
    help: 'Ways of doing something that failed, so that a lesser one was tried.',
    labels: ['component', 'step'],
  });

  hear(faultRaised, ({ data: { fault, context } }) => {
    const { system, code, category: type } = fault;
    const severity = severityName(fault.severity);
    faults.add(1, { system, code, component: context.component, severity });
    errors.add(1, { type });
  });
  hear(faultStorm, ({ data: { fault, context } }) => {
    storms.add(1, { system: fault.system, code: fault.code, component: context.component });
  });
  hear(faultCleared, ({ data: { fault, context } }) => {
    cleared.add(1, { system: fault.system, code: fault.code, component: context.component });
  });
  hear(recoveryFinished, ({ data: { strategy, durationMs, success, fallbackUsed } }) => {
    recoveries.add(1, { strategy, outcome: success ? (fallbackUsed ? 'fallback' : 'recovered') : 'failed' });
    durations.observe(durationMs / 1000, { strategy });
  });
  hear(degraded, ({ data: { context, step } }) =>
    degradations.add(1, { component: context.component, step }),
  );
}

/** @internal What state machines and transactions did. */
export function machineFigures(hear: Hear, metrics: Metrics): void {
  const transitions = metrics.counter('sustain_machine_transitions_total', {
    help: 'Changes of state machines.',
    labels: ['machine', 'from', 'to'],
  });
  const failures = metrics.counter('sustain_machine_failures_total', {
    help: 'Guards and listeners of state machines that threw.',
    labels: ['machine'],
  });
  const transactions = metrics.counter('sustain_transactions_total', {
    help: 'Transactions that came to their end: done, rolled back, or rolled back without reaching a safe state.',
    labels: ['transaction', 'outcome'],
  });

  hear(machineChanged, ({ data: { machine, from, to } }) => transitions.add(1, { machine, from, to }));
  hear(machineFailed, ({ data: { machine } }) => failures.add(1, { machine }));
  hear(transactionFinished, ({ data: { transaction, result } }) => {
    const outcome = result.state === 'done' || result.safe ? result.state : 'unsafe';
    transactions.add(1, { transaction, outcome });
  });
}
