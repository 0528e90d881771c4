import type { Orchestration } from './orchestration.ts';
import { hasEnded } from './run.ts';
import { begun } from './run-changes.ts';
import type { RunningRun } from './running-run.ts';

/**
 * @internal Records that an attempt begins, which nobody else can do at the same time. Answers what is to be done; undefined
 * when all is done already.
 */
export async function beginRun(running: RunningRun): Promise<Orchestration | undefined> {
  const { job, parts, place } = running;
  const { pipelines, records, maxAttempts } = parts;
  const orchestration = pipelines.get(job.data.orchestration);
  for (;;) {
    running.run = await running.patiently(() => records.read(place, job.signal));
    const run = running.run ?? running.first();
    if (hasEnded(run)) {
      // Whoever has recorded it may have died before the queue knew.
      if (run.state === 'completed') return undefined;
      throw run.state === 'cancelled'
        ? await running.cancelJob(run.reason)
        : running.failure(run.error.message);
    }
    if (run.state === 'running' && run.attempts >= maxAttempts) {
      throw running.failure(
        `it was begun ${run.attempts} times, and the last time its process ended with it: it may be what kills it`,
      );
    }
    if (orchestration === undefined) {
      throw running.failure('this program does not know such an orchestration');
    }
    const names = orchestration.stages.map(({ name }) => name).join(', ');
    const kept = run.stages.map(({ name }) => name).join(', ');
    if (names !== kept) throw running.failure(`its stages are ${names} now, and it began with ${kept}`);
    const next = begun(run, records.change());
    const swapped = await running.patiently(() => running.write(next));
    if (swapped.ok) return orchestration;
    if (swapped.run === undefined) throw running.takenOut();
  }
}
