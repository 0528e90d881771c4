import type { JobRun } from '@sustain/jobs';
import { beginRun } from './begin-run.ts';
import { endBadly } from './end-badly.ts';
import type { RunOrder, RunProgress } from './run.ts';
import type { RunParts } from './run-parts.ts';
import { runStages } from './run-stages.ts';
import { RunningRun } from './running-run.ts';

/**
 * @internal Does one attempt of a run, from the last finished stage on. Rejects with ORCHESTRATION_FAILED when the run has
 * failed; with anything else it is cancelled, or to be tried again.
 */
export async function runJob(job: JobRun<RunOrder, RunProgress>, parts: RunParts): Promise<null> {
  const running = new RunningRun(job, parts);
  try {
    const orchestration = await beginRun(running);
    if (orchestration !== undefined) await runStages(running, orchestration);
    return null;
  } catch (error) {
    return await endBadly(running, error);
  }
}
