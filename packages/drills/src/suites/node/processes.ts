import { extname } from 'node:path';
import { type ChildProcessOptions, childProcess, nodeFaults } from '@sustain/kernel/node';
import { drill } from '../../drill/index.ts';
import { killProcess, paused } from '../../processes/index.ts';
import { sourceOf } from '../source-of.ts';
import { type Asked, type EchoClient, echoClient, noUseFailed, type Told } from './echo-client.ts';

/** For machines that are busy: a process of Node is up in 50 ms on one that is not. */
const LIMITS = { detectMs: 6000, recoveryMs: 6000, restoreMs: 6000 };

export const processKilled = drill<EchoClient>({
  name: 'process-killed',
  fault: nodeFaults.PROCESS_EXITED,
  kind: 'process',
  breaks: 'SIGKILL to a process that answers questions',
  recovers: 'its supervisor starts the next one, and what was asked is asked again',
  notices: 'an answer that is late by the start of a process',
  subject: () => client(),
  inject: ({ port }) => killProcess({ name: 'echo', pid: port.pid }),
  afterwards: noUseFailed,
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/restart-decision.ts'),
    replace: "return decide('restart', backoffMs ? 'backoff' : 'at once', backoffMs);",
    by: "return decide('leave', 'temporary');",
  },
});

export const processPaused = drill<EchoClient>({
  name: 'process-stopped',
  fault: nodeFaults.PROCESS_EXITED,
  kind: 'process',
  breaks: 'SIGSTOP to a process that answers questions: it is there, and does nothing',
  recovers: 'its health check fails, it is killed, and its supervisor starts the next one',
  notices: 'an answer that is late by the health check and the start of a process',
  subject: checkedClient,
  inject({ port }, scene) {
    scene.inject(paused({ name: 'echo', pid: port.pid }));
  },
  afterwards: noUseFailed,
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/child-run.ts'),
    replace: "if (lost) stop({ reason: 'unhealthy', fault: lost });",
    by: '',
  },
});

export const processDown = drill<EchoClient>({
  name: 'asked-while-down',
  fault: nodeFaults.CHILD_NOT_RUNNING,
  kind: 'process',
  breaks: 'a process is killed twice, and asked while it is down',
  recovers: 'nothing is lost unseen: who asks is told, and asks again until it is up',
  notices: 'an answer that is late by the start of a process',
  subject: () => client(),
  async inject({ port }) {
    const { promise: upAgain, resolve } = Promise.withResolvers<void>();
    const stop = port.onUp(resolve);
    await killProcess({ name: 'echo', pid: port.pid });
    await upAgain;
    stop();
    await killProcess({ name: 'echo', pid: port.pid }); // it is restarted at once after the first time only
  },
  afterwards: noUseFailed,
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

type Options = Omit<ChildProcessOptions<Asked, Told>, 'module' | 'ready'>;

function client(options: Options = {}): Promise<EchoClient> {
  const module = new URL(`./echo-process${extname(import.meta.url)}`, import.meta.url);
  return echoClient(childProcess('echo', { ...options, module, ready: (told) => 'up' in told }));
}

async function checkedClient(): Promise<EchoClient> {
  const check = () => subject.ask('well?');
  const health = { check, everyMs: 50, timeoutMs: 700, failures: 1 };
  const subject: EchoClient = await client({ terminateMs: 50, health });
  return subject;
}
