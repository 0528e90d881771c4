import { jobsFaults } from '@sustain/jobs';
import { sessionFaults } from '../faults.ts';
import { hasEnded } from './run.ts';
import { cancelled, failed, putOff } from './run-changes.ts';
import type { RunningRun } from './running-run.ts';

/**
 * @internal Records that an attempt has not come to its end, and why, as well as that can be done. Always rejects: with
 * ORCHESTRATION_FAILED when no other one follows, with JOB_CANCELLED when nobody wants one, with JOB_LOST when another one
 * is under way, else with the error.
 */
export async function endBadly(running: RunningRun, error: unknown): Promise<never> {
  const { job, run, parts } = running;
  const { SESSION_NOT_FOUND, ORCHESTRATION_FAILED, SESSION_SERVICE_UNAVAILABLE } = sessionFaults;
  if (job.signal.aborted) return endStopped(running, job.signal.reason);
  if (jobsFaults.JOB_CANCELLED.matches(error) || jobsFaults.JOB_LOST.matches(error)) throw error;
  if (SESSION_NOT_FOUND.matches(error) && error.context.sessionId === job.data.key.sessionId) {
    return endWithoutSession(running, error);
  }
  // A session that is away is waited for by the queue, as nothing can be recorded either.
  const isAway = SESSION_SERVICE_UNAVAILABLE.matches(error);
  const isOver = ORCHESTRATION_FAILED.matches(error);
  const again = !isOver && running.retryOn(error) && (isAway || (run?.attempts ?? 0) < parts.maxAttempts);
  const reason = await record(running, error, again, isAway);
  throw isOver || again ? error : running.failure(reason, error);
}

/** Records the error as what ends this attempt, or the run. Answers what of it may be told. */
async function record(running: RunningRun, error: unknown, again: boolean, isAway: boolean): Promise<string> {
  const { parts, teller, stage } = running;
  const operation = stage === undefined ? 'begin a run' : 'run a stage';
  const { info, recordFailure } = await running.handle(error, operation, async (told) => {
    const run = running.run ?? running.first();
    if (hasEnded(run)) return;
    const next = (again ? putOff : failed)(run, told, parts.records.change());
    const write = () => running.write(next);
    const { ok } = await (isAway ? write() : running.patiently(write));
    if (ok && hasEnded(next)) teller.ended(next);
  });
  if (recordFailure !== undefined) teller.unrecorded('record an error', recordFailure);
  return info.message;
}

/** Somebody has cancelled it, the process stops, or another one has it, which alone may write of it. */
async function endStopped(running: RunningRun, reason: unknown): Promise<never> {
  const { parts, teller, run } = running;
  if (run !== undefined && !hasEnded(run) && !jobsFaults.JOB_LOST.matches(reason)) {
    const change = parts.records.change();
    const next = jobsFaults.JOB_CANCELLED.matches(reason)
      ? cancelled(run, reason.context.reason, change)
      : putOff(run, undefined, change);
    try {
      const { ok } = await running.write(next);
      if (ok && hasEnded(next)) teller.ended(next);
    } catch (error) {
      teller.unrecorded('record that a run has stopped', error);
    }
  }
  throw reason;
}

/** Whoever deletes a session wants none of its runs. There is nowhere to record it. */
async function endWithoutSession(running: RunningRun, error: unknown): Promise<never> {
  const { info } = await running.handle(error, 'go on with a run');
  const run = running.run ?? running.first();
  const change = running.parts.records.change();
  running.teller.ended(cancelled(run, info.message, change, info));
  throw await running.cancelJob(`${info.code}: ${info.message}`);
}
