import { renameSync } from 'node:fs';
import { jobsFaults } from '@sustain/jobs';
import { type Drill, type DrillDeclaration, drill, type Sabotage, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { inFile, inRedis, LIMITS } from './places.ts';
import type { Workshop } from './workshop.ts';

const inProcess = (file: string) => sourceOf(`packages/jobs/src/in-process/${file}`);
const bullmq = (file: string) => sourceOf(`packages/jobs/src/bullmq/${file}`);

export const deadJobs = onBoth(
  {
    name: 'job-without-what-it-needs',
    fault: jobsFaults.JOB_DEAD,
    kind: 'disk',
    breaks: 'the file that every job reads is gone',
    recovers:
      'jobs are tried again, then put aside with what they died of; when the file is back, they are done',
    notices: 'that this could not be done',
    inject({ path }, scene) {
      const undo = () => renameSync(`${path}.away`, path);
      scene.inject(startInjection({ what: 'a file that is gone', undo }));
      renameSync(path, `${path}.away`);
    },
    async afterwards(workshop) {
      const queue = await workshop.queue();
      const { jobs } = await queue.deadLetters();
      if (jobs.length === 0) throw new Error('no job is dead');
      for (const { id, attempts, error } of jobs) {
        if (attempts !== 2 || error.code !== 'NOT_FOUND') {
          throw new Error(`expected 2 attempts and NOT_FOUND, got ${attempts} and ${error.code}`);
        }
        await queue.retryDead(id);
        await queue.wait(id);
      }
    },
  },
  {
    inFile: {
      file: sourceOf('packages/jobs/src/job-watch.ts'),
      replace: "if (job.state !== 'dead') continue;",
      by: 'continue;',
    },
    inRedis: {
      file: bullmq('bullmq-queue.ts'),
      replace: "await job?.retry('failed', reset);",
      by: '',
    },
  },
);

export const cancelledJobs = onBoth(
  {
    name: 'job-cancelled',
    fault: jobsFaults.JOB_CANCELLED,
    kind: 'input',
    breaks: 'somebody cancels a job that runs and would never end',
    recovers: 'its handler is told, and ends; other jobs are done meanwhile',
    notices: 'that it was cancelled, as was wanted',
    async inject(workshop, scene) {
      const queue = await workshop.queue();
      const id = await workshop.beginLong();
      scene.begin();
      await queue.cancel(id, 'nobody wants it any more');
      const waiting = scene.attempt(() => queue.wait(id, { signal: scene.signal }));
      waiting.catch(() => undefined); // the drill was over first
    },
  },
  {
    inFile: {
      file: inProcess('job-runner.ts'),
      replace: "running.attempt.stop('cancelled', reason);",
      by: '',
    },
    inRedis: {
      file: bullmq('bullmq-worker.ts'),
      replace: "running.attempt?.stop('cancelled', reason);",
      by: '',
    },
  },
);

export const interruptedJobs = onBoth<{ id?: string }>(
  {
    name: 'queue-closed-under-a-job',
    fault: jobsFaults.JOB_INTERRUPTED,
    kind: 'process',
    breaks: 'the program is ended, as for an update, while a job runs that takes long',
    recovers: 'its handler is told, and the job is run again by the next program',
    notices: 'a result that is late',
    async inject(workshop, scene) {
      workshop.id = await workshop.beginLong();
      await workshop.restart({ before: () => scene.begin() });
    },
    async afterwards(workshop) {
      const queue = await workshop.queue();
      const id = workshop.id as string;
      const result = await queue.wait(id);
      if (result !== 'HELLO') throw new Error(`expected HELLO, got ${result}`);
      const { attempts } = (await queue.get(id)) ?? {};
      if (attempts !== 1) throw new Error(`an attempt that was interrupted counts: ${attempts}`);
    },
  },
  {
    inFile: { file: inProcess('in-process-queue.ts'), replace: 'this.#runner.interruptAll();', by: '' },
    inRedis: { file: bullmq('queue-connections.ts'), replace: 'jobs.interruptAll();', by: '' },
  },
);

type OnBoth<Subject extends Workshop> = Omit<DrillDeclaration<Subject>, 'subject' | 'limits' | 'sabotage'>;

/** The same drill of a queue in a file, and of one on Redis. */
function onBoth<More = unknown>(
  declaration: OnBoth<Workshop & More>,
  sabotage: { readonly inFile: Sabotage; readonly inRedis: Sabotage },
): Drill[] {
  const { name, breaks } = declaration;
  const opened = (workshop: Promise<Workshop> | Workshop) => workshop as Promise<Workshop & More>;
  return [
    drill({
      ...declaration,
      limits: LIMITS,
      subject: (scene: Scene) => opened(inFile(scene)),
      sabotage: sabotage.inFile,
    }),
    drill({
      ...declaration,
      name: `bullmq-${name}`,
      breaks: `${breaks} (BullMQ)`,
      limits: LIMITS,
      subject: (scene: Scene) => opened(inRedis(scene)),
      sabotage: sabotage.inRedis,
    }),
  ];
}
