import { jobsFaults } from '@sustain/jobs';
import { isRetryableError } from '@sustain/kernel';
import { checkOption } from '@sustain/kernel/options';
import type { Orchestration, Stage } from './orchestration.ts';
import { parseInput } from './parse-input.ts';
import { hasEnded, type Run } from './run.ts';
import { nextStage, stageBegun, stageCompleted } from './run-changes.ts';
import type { RunningRun } from './running-run.ts';
import { runStage, type StageFacts, type StageOutcome } from './stage-attempts.ts';

/** @internal Runs the stages whose answers are not kept yet, each after the one before is kept. */
export async function runStages(running: RunningRun, orchestration: Orchestration): Promise<void> {
  const { teller, parts, job } = running;
  const input = await parseInput(orchestration, job.data.input);
  for (let isFirst = true; ; isFirst = false) {
    const run = running.run as Run;
    const stage = orchestration.stages[nextStage(run) ?? orchestration.stages.length];
    if (stage === undefined) return;
    if (isFirst) teller.started(run, stage.name);
    teller.progress(run, 0);
    running.retryOn = stage.retry?.retryOn ?? isRetryableError;
    const outcome = await runStage(stage, await factsOf(running, run, stage, input), parts);
    running.retryOn = isRetryableError;
    await keep(running, stage, outcome);
  }
}

async function factsOf(running: RunningRun, run: Run, { name }: Stage, input: unknown): Promise<StageFacts> {
  const { job, parts, place, teller } = running;
  const { id: runId, signal, operation } = job;
  const session = await running.patiently(() => parts.records.session(place, signal));
  const results = resultsOf(run);
  const { attempts: attempt = 1 } = run.stages.find((stage) => stage.name === name) ?? {};
  return {
    ...{ runId, input, key: place.key, session, results, attempt, isResumed: attempt > 1, signal, operation },
    orchestration: run.orchestration,
    limitBytes: parts.maxResultBytes - Buffer.byteLength(JSON.stringify(results)),
    progress(ratio) {
      checkOption('the progress of a stage', ratio, { least: 0, most: 1 });
      // Of an attempt that was abandoned: nobody wants to hear it.
      if (run.writeId === running.run?.writeId) teller.progress(run, ratio);
    },
    begins(latest) {
      running.run = stageBegun(running.run as Run, latest);
    },
  };
}

/** What was done counts even though nobody wants more of it: that is looked at afterwards. */
async function keep(running: RunningRun, { name }: Stage, outcome: StageOutcome): Promise<void> {
  const { job, parts, teller } = running;
  const before = running.run as Run;
  const next = stageCompleted(before, outcome, parts.records.change());
  const write = () => running.write(next);
  const swapped = await (job.signal.aborted ? write() : running.patiently(write));
  if (!swapped.ok) {
    if (swapped.run?.state === 'cancelled') throw await running.cancelJob(swapped.run.reason);
    // Another process has it, and took this one for dead: that alone may say what becomes of it.
    if (swapped.run !== undefined) throw jobsFaults.JOB_LOST({ queue: parts.queue.name, id: job.id });
    throw running.takenOut();
  }
  const { attempts = 1 } = before.stages.find((stage) => stage.name === name) ?? {};
  teller.stageCompleted(name, attempts, outcome.isFallback);
  if (!hasEnded(next)) return;
  teller.progress(next, 1);
  teller.ended(next);
}

/** Of the stages that are finished. */
function resultsOf({ stages }: Run): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    stages.flatMap((stage) => (stage.state === 'completed' ? [[stage.name, stage.result]] : [])),
  );
}
