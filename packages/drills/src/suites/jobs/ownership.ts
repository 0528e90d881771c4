import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jobsFaults } from '@sustain/jobs';
import { inProcessQueue } from '@sustain/jobs/in-process';
import { redisStore } from '@sustain/stores/redis';
import { drill, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { partition, TcpProxy } from '../../network/index.ts';
import { redisServer, type ServerProcess } from '../../servers/index.ts';
import { sourceOf } from '../source-of.ts';
import { fileStore, inFile, LIMITS, QUEUE } from './places.ts';
import { type Order, Workshop } from './workshop.ts';

type InFile = Workshop & { readonly databasePath: string };
interface OnNetwork extends Workshop {
  readonly server: ServerProcess;
  readonly proxy: TcpProxy;
  /** The job that another program does. */
  lost?: string;
}

export const queueOwned = drill<InFile>({
  name: 'queue-of-another-program',
  fault: jobsFaults.QUEUE_OWNED,
  kind: 'process',
  breaks: 'while the program is down, another one takes its queue',
  recovers: 'it starts again and again, and has the queue as soon as the other one has ended',
  notices: 'that this is being done elsewhere',
  subject: (scene) => inFile(scene, { ownerTtlMs: 500 }),
  async inject(workshop, scene) {
    const meanwhile = async () => {
      const store = fileStore(workshop.databasePath);
      const other = await inProcessQueue({ name: QUEUE, store, waitForOwnerMs: 10_000 });
      scene.begin();
      const undo = async () => {
        await other.close();
        await store.close();
      };
      scene.inject(startInjection({ what: 'another program owns the queue', undo }));
    };
    await workshop.restart({ meanwhile });
  },
  lastsMs: 30,
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/jobs/src/in-process/ownership.ts'),
    replace: 'await this.#options.store.delete(this.#options.key, { revision }).catch(() => false);',
    by: '',
  },
});

export const jobCrashed = drill<InFile>({
  name: 'job-that-kills-its-process',
  fault: jobsFaults.JOB_CRASHED,
  kind: 'process',
  breaks: 'a job ends the process that does it, each time that it is tried',
  recovers: 'it is put aside, so that it kills no further process; the jobs of others are done',
  notices: 'that this could not be done',
  subject: (scene) => inFile(scene, { maxAttempts: 1 }),
  async inject(workshop, scene) {
    const meanwhile = async () => {
      await crash(workshop);
      scene.begin();
    };
    await workshop.restart({ meanwhile });
  },
  limits: { ...LIMITS, detectMs: 3000 },
  async afterwards(workshop) {
    const queue = await workshop.queue();
    const { jobs } = await queue.deadLetters();
    if (jobs.length !== 1) throw new Error(`one job was to be put aside, there are ${jobs.length}`);
    for (const { id } of jobs) {
      await queue.retryDead(id); // this program does it
      await queue.wait(id);
    }
  },
  sabotage: {
    file: sourceOf('packages/jobs/src/in-process/attempt-end.ts'),
    replace: 'if (attempts < maxAttempts) return undefined;',
    by: 'return undefined;',
  },
});

export const jobLost = drill<OnNetwork>({
  name: 'job-taken-over',
  fault: jobsFaults.JOB_LOST,
  kind: 'network',
  breaks:
    'the program is cut off from Redis while it does a job; another one takes the queue and does it, and ends',
  recovers:
    'when it is back it is told, what it would say of the job is dropped, and it takes the queue again',
  notices: 'nothing',
  subject: onNetwork,
  async inject(workshop, scene) {
    const id = await workshop.beginLong();
    const cut = workshop.proxy.add(partition());
    scene.defer(() => cut.end());
    workshop.lost = id;
    const result = await takeOver(workshop, scene, id);
    if (result !== 'HELLO') throw new Error(`expected HELLO of the other program, got ${result}`);
    scene.begin();
    await cut.end();
  },
  limits: LIMITS,
  afterwards({ stopped, lost }) {
    const reason = stopped.get(lost as string);
    if (!jobsFaults.JOB_LOST.matches(reason)) throw new Error(`its handler was told ${reason}`);
  },
  sabotage: {
    file: sourceOf('packages/jobs/src/in-process/open-queue.ts'),
    replace: 'await locks.run(id, () => runner.loseIfChanged(id));',
    by: '',
  },
});

/** So long a program that says nothing keeps its queue. */
const OWNER_TTL_MS = 200;

async function onNetwork(scene: Scene): Promise<OnNetwork> {
  const server = redisServer({ appendfsync: 'no' });
  scene.defer(() => server.close());
  await server.start();
  const proxy = await TcpProxy.start({ upstream: server.url, random: scene.random.fork('proxy') });
  scene.defer(() => proxy.close());
  const options = { commandTimeoutMs: 300, maxReconnectMs: 20, random: scene.random.fork('reconnects') };
  const store = redisStore({ ...options, url: proxy.through(server.url) });
  const workshop = new Workshop(scene, {
    open: (signals) => inProcessQueue({ name: QUEUE, store, signals, ownerTtlMs: OWNER_TTL_MS }),
    close: () => store.close(),
  });
  return Object.assign(workshop, { server, proxy });
}

/** Answers what the other program has made of the job. */
async function takeOver({ server }: OnNetwork, scene: Scene, id: string): Promise<unknown> {
  const store = redisStore({ url: server.url });
  scene.defer(() => store.close());
  const ownerTtlMs = OWNER_TTL_MS;
  const other = await inProcessQueue<Order>({ name: QUEUE, store, ownerTtlMs, waitForOwnerMs: 10_000 });
  scene.defer(() => other.close());
  await other.process((job) => {
    if (job.id === id && !job.isResumed) throw new Error('it is not known that it was begun before');
    return 'HELLO';
  });
  const result = await other.wait(id);
  await other.close();
  return result;
}

async function crash({ databasePath, path }: InFile): Promise<void> {
  const module = fileURLToPath(new URL(`./crashing-process${extname(import.meta.url)}`, import.meta.url));
  const child = fork(module, [databasePath, QUEUE, path], { stdio: 'ignore' });
  const [, signal] = await once(child, 'exit');
  if (signal !== 'SIGKILL') throw new Error(`it was to be killed, and ended with ${signal}`);
}
