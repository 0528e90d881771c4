import type { Random, SignalOrigin } from '@sustain/kernel';
import type { AttemptOutcome, StopKind } from '../job-attempt.ts';
import type { JobChannels } from '../job-channels.ts';
import { errorJson } from '../job-json.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { decideRetry, type SettledProcessOptions } from '../process-options.ts';
import { cancelled, completed, dead, delayed, interrupted, type JobRecord } from './job-record.ts';

/** @internal What comes of a job whose attempt has ended, and why. */
export type AttemptEnd = { readonly record: JobRecord } & (
  | { readonly why: 'cancelled'; readonly reason: string }
  | { readonly why: 'completed'; readonly durationMs: number }
  | { readonly why: 'interrupted' }
  | { readonly why: 'retried'; readonly delayMs: number; readonly error: unknown }
  | { readonly why: 'dead'; readonly error: unknown }
);

/** @internal That somebody has cancelled it counts above all, as they were told so; then how it went. */
export function attemptEnd(
  record: JobRecord,
  outcome: AttemptOutcome,
  stopped: StopKind | undefined,
  settled: SettledProcessOptions,
  random: Random,
  nowWallMs: number,
): AttemptEnd {
  const { cancelReason: reason, attempts } = record;
  if (reason !== undefined) {
    return { why: 'cancelled', reason, record: cancelled(record, reason, nowWallMs) };
  }
  if (outcome.ok) {
    const { result, durationMs } = outcome;
    return { why: 'completed', durationMs, record: completed(record, result, nowWallMs) };
  }
  if (stopped === 'interrupted') return { why: 'interrupted', record: interrupted(record) };
  const { error } = outcome;
  const decision = decideRetry(error, attempts, settled, random);
  if (decision.next === 'dead')
    return { why: 'dead', error, record: dead(record, errorJson(error), nowWallMs) };
  const { delayMs } = decision;
  const waiting = delayed(record, errorJson(error), nowWallMs + delayMs);
  return { why: 'retried', error, delayMs, record: waiting };
}

/** @internal What comes of a job that may not be begun; undefined when it may. */
export function endBeforeAttempt(
  queue: string,
  record: JobRecord,
  { maxAttempts }: SettledProcessOptions,
  nowWallMs: number,
): AttemptEnd | undefined {
  const { id, cancelReason: reason, attempts } = record;
  if (reason !== undefined) {
    return { why: 'cancelled', reason, record: cancelled(record, reason, nowWallMs) };
  }
  if (attempts < maxAttempts) return undefined;
  const error = jobsFaults.JOB_CRASHED({ queue, id, attempts });
  return { why: 'dead', error, record: dead(record, errorJson(error), nowWallMs) };
}

/** @internal Says it, once it is written down. */
export function tellEnd(channels: JobChannels, id: string, end: AttemptEnd, origin: SignalOrigin): void {
  const { attempts: attempt } = end.record;
  if (end.why === 'cancelled') channels.cancelled.emit({ id, reason: end.reason }, origin);
  else if (end.why === 'completed')
    channels.completed.emit({ id, attempt, durationMs: end.durationMs }, origin);
  else if (end.why === 'dead') channels.dead.emit({ id, attempt, error: end.error }, origin);
  else if (end.why === 'retried') {
    channels.retried.emit({ id, attempt, delayMs: end.delayMs, error: end.error }, origin);
  }
}
