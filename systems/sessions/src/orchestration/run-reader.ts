import type { Job } from '@sustain/jobs';
import { faultFromJson } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { errorInfo } from './error-info.ts';
import { firstRecord } from './first-record.ts';
import { hasEnded, type Run, type RunOrder, type RunProgress } from './run.ts';
import { cancelled, failed } from './run-changes.ts';
import type { RunParts } from './run-parts.ts';
import type { RunPlace } from './run-records.ts';

/** @internal */
export type RunJob = Job<RunOrder, null, RunProgress>;

/**
 * @internal A run as its job and its session say together. The session decides, save that a job which has ended by itself
 * (given up as its process died, cancelled before it began) ends its run, which is then recorded here.
 */
export async function readRun(parts: RunParts, job: RunJob, signal?: AbortSignal): Promise<Run> {
  const { records, pipelines, clock } = parts;
  const { data, id: runId, operationId } = job;
  const place = placeOf(job);
  const first = () => firstRecord(runId, data, operationId, pipelines.get(data.orchestration), '');
  let before: Run | undefined;
  try {
    before = await records.read(place, signal);
  } catch (error) {
    if (!sessionFaults.SESSION_NOT_FOUND.matches(error)) throw error;
    const at = { operation: 'go on with a run', operationId, wallMs: clock.wallMs() };
    const info = errorInfo(error, at);
    return cancelled(first(), info.message, records.change(), info);
  }
  const run = before ?? first();
  const end = hasEnded(run) ? undefined : endByJob(parts, run, job);
  if (end === undefined) return run;
  const swapped = await records.swap(place, before, end, signal);
  return swapped.ok ? end : (swapped.run ?? end);
}

/** @internal */
export function placeOf({ id, data: { key, sessionCreatedWallMs } }: Pick<RunJob, 'id' | 'data'>): RunPlace {
  return { key, sessionCreatedWallMs, runId: id };
}

function endByJob({ records, clock }: RunParts, run: Run, job: RunJob): Run | undefined {
  if (job.state === 'cancelled') return cancelled(run, job.reason, records.change());
  if (job.state !== 'dead') return undefined;
  const { operationId } = job;
  const error = faultFromJson(job.error, sessionFaults);
  return failed(
    run,
    errorInfo(error, { operation: 'run a stage', operationId, wallMs: clock.wallMs() }),
    records.change(),
  );
}
