import type { ServerResponse } from 'node:http';
import { createSupervisor, pipeline, Signals, supervisionFaults, task, timeout } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, WebServer } from '../web-server.ts';
import { JobQueue } from './job-queue.ts';

interface Fetcher extends DrillSubject {
  readonly server: WebServer;
}

export const childAbandoned = drill<Fetcher>({
  name: 'task-does-not-stop',
  fault: supervisionFaults.CHILD_ABANDONED,
  kind: 'code',
  breaks: 'a task waits for an answer that never comes, and does not heed the signal to stop',
  recovers:
    'its health check fails, it is told to stop, given up after 50 ms, and the next one takes its place',
  notices: 'one answer too late',
  async subject({ random }) {
    const server = await WebServer.start(random, says('answer'));
    const signals = new Signals();
    const jobs = new JobQueue();
    const worker = task('worker', (signal) => jobs.serve(signal), { shutdownMs: 50 });
    const health = { check: () => jobs.add(() => 'well'), everyMs: 20, timeoutMs: 300, failures: 1 };
    const supervisor = createSupervisor({
      id: 'drill',
      children: [{ ...worker, health }],
      limits: { maxRestarts: 1000, backoffMs: 5, maxBackoffMs: 20 },
      signals,
    });
    await supervisor.start();
    const never = new AbortController().signal;
    const calls = pipeline({ name: 'fetcher', signals }, timeout(600));
    return {
      drillable: true,
      signals,
      server,
      async use(signal) {
        const answer = await calls.run(() => jobs.add(() => ask(server.url, never)), { signal });
        if (answer !== 'answer') throw new Error(`expected an answer, got ${answer}`);
        return 'full';
      },
      async close() {
        await supervisor.stop();
        await server.close();
      },
    };
  },
  inject({ server }, scene) {
    let kept: ServerResponse | undefined;
    const well = server.answer;
    server.answer = (response) => {
      kept = response;
      server.answer = well;
    };
    const undo = () => {
      server.answer = well;
      kept?.destroy();
    };
    scene.inject(startInjection({ what: 'one request is not answered', undo }));
  },
  limits: { detectMs: 3000, recoveryMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/child-run.ts'),
    replace: 'end(fault, fault);',
    by: '',
  },
});
