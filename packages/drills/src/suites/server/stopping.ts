import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer, type Server, serverFaults } from '@sustain/ops/server';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { freePort } from '../../processes/index.ts';
import { sourceOf } from '../source-of.ts';
import { type Answer, ask, Refused } from './asking.ts';

interface Restarted extends DrillSubject {
  readonly url: string;
  /** Stops it, and starts the next one on the same port. */
  restart(): Promise<void>;
  /** What holds its end up: a slow request, and what a system does when it is closed. */
  readonly work: Work;
  /** What those were answered who had asked before, and who asked while it stopped. */
  before?: Answer;
  meanwhile?: unknown;
}

interface Work {
  readonly began: PromiseWithResolvers<void>;
  readonly ends: PromiseWithResolvers<void>;
}

export const stopping = drill<Restarted>({
  name: 'asked-while-it-stops',
  fault: serverFaults.STOPPING,
  kind: 'process',
  breaks: 'the server is restarted while clients ask',
  recovers:
    'what is under way is finished, new requests are told to come again, and the next server serves them',
  notices: 'an answer 503 with Retry-After, or none, until the next server is there',
  limits: { detectMs: 2000, recoveryMs: 2000 },
  async subject(scene) {
    const signals = new Signals();
    const port = await freePort(scene.random.fork('port'));
    const url = `http://127.0.0.1:${port}`;
    const work = { began: Promise.withResolvers<void>(), ends: Promise.withResolvers<void>() };
    let server = await startedOn(port, signals, work);
    return {
      drillable: true,
      signals,
      url,
      work,
      async restart() {
        await server.stop();
        server = await startedOn(port, signals, work);
      },
      async use(signal) {
        const { body } = await ask(`${url}/state`, { signal });
        if (body !== 'playing') throw new Error(`expected playing, got ${body}`);
        return 'full';
      },
      close: () => server.stop(),
    };
  },
  async inject(subject, scene) {
    const { url, work } = subject;
    const before = ask(`${url}/slow`);
    await work.began.promise;
    const restarted = subject.restart();
    const asked = await scene.attempt(() => ask(`${url}/state`));
    subject.meanwhile = asked.ok ? asked.value : asked.error;
    work.ends.resolve();
    subject.before = await before;
    await restarted;
  },
  afterwards({ before, meanwhile }) {
    if (before?.body !== 'done') throw new Error(`what was under way was answered ${before?.body}`);
    if (!(meanwhile instanceof Refused) || meanwhile.answer.headers['retry-after'] !== '1') {
      throw new Error('who asked meanwhile was not told when to come again');
    }
  },
  sabotage: {
    file: sourceOf('packages/ops/src/server/admission.ts'),
    replace: 'if (this.#stopping.aborted && request.url !== LIVE_PATH)',
    by: 'if (false)',
  },
});

async function startedOn(port: number, signals: Signals, work: Work): Promise<Server> {
  const clock = systemClock;
  const server = createServer({ port, clock, signals, health: new HealthMonitor({ clock }) });
  server.register(async (app) => {
    app.get('/state', async () => 'playing');
    app.get('/slow', async () => {
      work.began.resolve();
      await work.ends.promise;
      return 'done';
    });
    app.addHook('preClose', () => work.ends.promise);
  });
  await server.start();
  return server;
}
