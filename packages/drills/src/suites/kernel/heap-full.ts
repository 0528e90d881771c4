import { extname } from 'node:path';
import {
  createSupervisor,
  ErrorHandler,
  freeMemory,
  kernelFaults,
  pipeline,
  restart,
  Signals,
  timeout,
} from '@sustain/kernel';
import { type ChildPort, workerThread } from '@sustain/kernel/node';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';

interface Indexer extends DrillSubject {
  /** How much each job has to keep in memory. */
  entries: number;
}

interface Job {
  readonly id: number;
  readonly entries: number;
}

type Told = { readonly up: true } | { readonly id: number; readonly count: number };

const USUAL = 1000;
/** Far beyond its heap. */
const TOO_MANY = 20_000_000;

export const heapFull = drill<Indexer>({
  name: 'worker-heap-full',
  fault: kernelFaults.OUT_OF_MEMORY,
  kind: 'load',
  breaks: 'what a worker thread has to keep grows beyond its heap: the engine ends the thread',
  recovers: 'less is kept, and the thread is started again',
  notices: 'an answer that is late by the start of a thread',
  async subject() {
    const signals = new Signals();
    const child = workerThread<Job, Told>('indexer', {
      module: new URL(`./heap-full-worker${extname(import.meta.url)}`, import.meta.url),
      ready: (told) => 'up' in told,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
      restart: 'temporary',
    });
    const supervisor = createSupervisor({ id: 'drill', children: [child], signals });
    await supervisor.start();
    const handler = new ErrorHandler({
      component: child.id,
      strategies: [
        freeMemory({
          steps: [{ name: 'keep the usual only', free: keepTheUsual }],
          isEnough: () => subject.entries <= USUAL,
        }),
        restart({ restart: (component, fault) => supervisor.restart(component, fault) }),
      ],
      signals,
    });
    const stop = child.port.onDown(({ fault }) => void (fault && handler.handleError(fault)));
    const calls = pipeline({ name: 'index', signals }, timeout(1000));
    function keepTheUsual(): void {
      subject.entries = USUAL;
    }
    let jobs = 0;
    const subject: Indexer = {
      drillable: true,
      signals,
      entries: USUAL,
      async use(signal) {
        const job = { id: ++jobs, entries: subject.entries };
        const count = await calls.run((attempt) => answerTo(child.port, job, attempt.signal), { signal });
        if (count !== job.entries) throw new Error(`expected ${job.entries} entries, got ${count}`);
        return 'full';
      },
      async close() {
        stop();
        await supervisor.stop();
      },
    };
    return subject;
  },
  inject(subject) {
    subject.entries = TOO_MANY;
  },
  limits: { detectMs: 10_000, recoveryMs: 5000, restoreMs: 15_000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/error-handler.ts'),
    replace: "if (level >= severity.CRITICAL && isFirst) await alsoTry('restart');",
    by: '',
  },
});

/** Rejects when it is not running; for ever silent when it ends meanwhile, which the signal ends. */
async function answerTo(port: ChildPort<Job, Told>, job: Job, signal: AbortSignal): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const stop = port.onMessage((told) => {
    if ('id' in told && told.id === job.id) resolve(told.count);
  });
  signal.addEventListener('abort', stop, { once: true });
  await port.send(job);
  return promise.finally(stop);
}
