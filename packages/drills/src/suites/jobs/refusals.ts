import { jobsFaults } from '@sustain/jobs';
import type { AnyFaultFactory } from '@sustain/kernel';
import { type DrillDeclaration, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { inMemory, LIMITS } from './places.ts';
import type { Order, Orders, Workshop } from './workshop.ts';

const jobJson = sourceOf('packages/jobs/src/job-json.ts');
const TOO_LONG = 'x'.repeat(262_144);

export const refusals = [
  refused({
    name: 'job-that-is-not-there',
    fault: jobsFaults.JOB_NOT_FOUND,
    breaks: 'somebody watches a job that never was',
    async ask(queue) {
      for await (const _ of queue.watch('none'));
    },
    sabotage: {
      file: sourceOf('packages/jobs/src/job-watch.ts'),
      replace: 'if (job === undefined) throw jobsFaults.JOB_NOT_FOUND({ queue: source.queue, id });',
      by: 'if (job === undefined) return;',
    },
  }),
  refused({
    name: 'job-data-that-is-no-json',
    fault: jobsFaults.JOB_DATA_INVALID,
    breaks: 'the data of a job contain themselves',
    ask(queue) {
      const data: Order & { itself?: unknown } = { path: 'text' };
      data.itself = data;
      return queue.add(data);
    },
    sabotage: {
      file: jobJson,
      replace: 'throw jobsFaults.JOB_DATA_INVALID({ queue, what, reason }, { cause: error });',
      by: "return 'null';",
    },
  }),
  refused({
    name: 'job-data-too-large',
    fault: jobsFaults.JOB_DATA_TOO_LARGE,
    breaks: 'the data of a job are larger than a job may be',
    ask: (queue) => queue.add({ path: TOO_LONG }),
    sabotage: { file: jobJson, replace: 'if (sizeBytes > limitBytes) {', by: 'if (false) {' },
  }),
  refused({
    name: 'second-handler',
    fault: jobsFaults.ALREADY_PROCESSING,
    breaks: 'a mistake in the program gives a queue a second handler',
    ask: (queue) => queue.process(() => 'wrong'),
    sabotage: {
      file: sourceOf('packages/jobs/src/in-process/job-runner.ts'),
      replace: 'if (this.#processing !== undefined) throw jobsFaults.ALREADY_PROCESSING({ queue });',
      by: '',
    },
  }),
  refused({
    name: 'queue-used-after-close',
    fault: jobsFaults.QUEUE_CLOSED,
    breaks: 'the program is started anew, and a part of it goes on with the queue of before',
    async ask(queue, workshop) {
      await workshop.restart();
      await queue.add({ path: workshop.path });
    },
    sabotage: {
      file: sourceOf('packages/jobs/src/in-process/in-process-queue.ts'),
      replace: 'if (this.#closing !== undefined) throw jobsFaults.QUEUE_CLOSED({ queue: this.name });',
      by: '',
    },
  }),
];

interface Refused extends Pick<DrillDeclaration, 'name' | 'breaks' | 'sabotage'> {
  readonly fault: AnyFaultFactory;
  readonly ask: (queue: Orders, workshop: Workshop) => Promise<unknown>;
}

/** A drill in which somebody asks a queue for what it cannot do, while others use it. */
function refused({ ask, ...declaration }: Refused) {
  return drill<Workshop>({
    ...declaration,
    kind: 'input',
    recovers: 'it is refused, with the reason, and nothing is kept of it; the jobs of others are done',
    notices: 'nothing; who asked is told what is wrong',
    limits: { ...LIMITS, detectMs: 500 },
    subject: inMemory,
    async inject(workshop, scene) {
      const queue = await workshop.queue();
      await scene.attempt(() => ask(queue, workshop));
    },
    async afterwards(workshop) {
      const { dead } = await (await workshop.queue()).counts();
      if (dead > 0) throw new Error(`${dead} jobs are dead`);
    },
  });
}
