import { extname } from 'node:path';
import { nodeFaults, workerThread } from '@sustain/kernel/node';
import { drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { type Asked, type EchoClient, echoClient, noUseFailed, type Told } from './echo-client.ts';

/** For machines that are busy: a thread is up in 30 ms on one that is not. */
const LIMITS = { detectMs: 3000, recoveryMs: 5000, restoreMs: 5000 };

export const workerExited = drill<EchoClient>({
  name: 'worker-exits',
  fault: nodeFaults.WORKER_EXITED,
  kind: 'process',
  breaks: 'a worker thread calls process.exit(3) in the middle of its work',
  recovers: 'its supervisor starts the next one, and what was asked is asked again',
  notices: 'an answer that is late by the start of a thread',
  subject: client,
  inject: ({ port }) => port.send({ id: 0, text: 'exit' }),
  afterwards: noUseFailed,
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/restart-decision.ts'),
    replace: "return decide('restart', backoffMs ? 'backoff' : 'at once', backoffMs);",
    by: "return decide('leave', 'temporary');",
  },
});

export const messageNotSent = drill<EchoClient>({
  name: 'message-cannot-be-cloned',
  fault: nodeFaults.MESSAGE_NOT_SENT,
  kind: 'code',
  breaks: 'a worker thread is sent a function, which cannot be cloned',
  recovers: 'who sent it is told, and the thread goes on',
  notices: 'nothing, but who made the mistake',
  subject: client,
  async inject({ port }, scene) {
    await scene.attempt(() => port.send({ id: 0, text: () => 'a function' }));
  },
  afterwards: noUseFailed,
  limits: { detectMs: 500 },
  sabotage: {
    file: sourceOf('packages/kernel/src/node/child-port.ts'),
    replace: 'const problem = classify(error).message;',
    by: "const problem = ''; return;",
  },
});

function client(): Promise<EchoClient> {
  return echoClient(
    workerThread<Asked, Told>('echo', {
      module: new URL(`./echo-worker${extname(import.meta.url)}`, import.meta.url),
      ready: (told) => 'up' in told,
    }),
  );
}
