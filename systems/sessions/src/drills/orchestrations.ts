import { renameSync } from 'node:fs';
import { drill, startInjection } from '@sustain/drills';
import { sessionFaults } from '../faults.ts';
import { handleOrchestrationError } from '../orchestration/index.ts';
import { checkFilm, FILMS, type Workshop, workshop } from './workshop.ts';

/** For machines that are busy. */
const LIMITS = { detectMs: 3000, recoveryMs: 2000, restoreMs: 3000 };
const file = (name: string) => new URL(`../orchestration/${name}`, import.meta.url);

export const orchestrationFails = drill<Workshop & { failedRun?: string }>({
  name: 'orchestration-error-handling',
  fault: sessionFaults.ORCHESTRATION_FAILED,
  kind: 'code',
  breaks: 'a stage of a run fails each time, as a file is not there',
  recovers:
    'it is tried again, three times in all, and kept in the session with what went wrong; when somebody has removed the cause it goes on after its last finished stage',
  notices: 'that the run has failed, in its session; other runs go on',
  subject: workshop,
  async inject(program, scene) {
    const { scriptPath, orchestrator } = program;
    renameSync(scriptPath, `${scriptPath}.gone`);
    const undo = async () => {
      renameSync(`${scriptPath}.gone`, scriptPath);
      if (program.failedRun !== undefined) await orchestrator.retry(program.failedRun);
    };
    scene.inject(startInjection({ what: 'a missing file', undo }));
    program.failedRun = (await program.film()).runId;
  },
  limits: LIMITS,
  async whileBroken({ orchestrator, failedRun }) {
    const kept = (await orchestrator.runs(FILMS)).find(({ runId }) => runId === failedRun);
    if (kept?.state !== 'failed' || kept.attempts !== 3 || !kept.error.operationId || !kept.error.message)
      throw new Error(`the session says of the run ${JSON.stringify(kept)}`);
    const about = { operation: 'tell of a run', operationId: kept.operationId };
    const { problem } = await handleOrchestrationError(kept.error, about);
    if (problem.status < 500 || problem.operationId !== about.operationId)
      throw new Error(`the standard answer was ${JSON.stringify(problem)}`);
  },
  async afterwards({ orchestrator, failedRun = '', scripts }) {
    checkFilm(await orchestrator.wait(failedRun));
    if (scripts.get(failedRun) !== 1) throw new Error('a stage that was finished was done again');
  },
  sabotage: {
    file: file('create-orchestrator.ts'),
    replace: 'revived(run, records.change())',
    by: 'run',
  },
});

export const stageHangs = drill<Workshop>({
  name: 'stage-without-an-end',
  fault: sessionFaults.STAGE_TIMED_OUT,
  kind: 'network',
  breaks: 'the server that a stage asks does not answer its first request in each run',
  recovers:
    'the stage is given up after its time, and the run put off and begun again after its last finished stage',
  notices: 'that the run takes longer',
  subject: workshop,
  inject({ renderer }, scene) {
    renderer.isSlow = true;
    const undo = () => {
      renderer.isSlow = false;
    };
    scene.inject(startInjection({ what: 'a server without answers', undo }));
  },
  limits: LIMITS,
  async afterwards({ scripts, orchestrator }) {
    for (const [runId, times] of scripts)
      if (times > 1) throw new Error(`the first stage of ${runId} was done ${times} times`);
    const runs = await orchestrator.runs(FILMS);
    if (runs.some(({ state }) => state === 'failed')) throw new Error('a run has failed');
  },
  sabotage: {
    file: file('stage-attempts.ts'),
    replace: 'signals }, again, timeout(timeoutMs));',
    by: 'signals }, again);',
  },
});

export const unknownRun = drill<Workshop>({
  name: 'run-that-is-not-there',
  fault: sessionFaults.RUN_NOT_FOUND,
  kind: 'input',
  breaks: 'somebody waits for a run that never was',
  recovers: 'it is told so at once; runs that there are go on',
  notices: 'nothing; who asked is told that there is none',
  subject: workshop,
  inject: async ({ orchestrator }, scene) =>
    void (await scene.attempt(() => orchestrator.wait('none', { signal: scene.signal }))),
  limits: LIMITS,
  sabotage: {
    file: file('create-orchestrator.ts'),
    replace: 'throw sessionFaults.RUN_NOT_FOUND(context, { cause: error });',
    by: 'throw error;',
  },
});
