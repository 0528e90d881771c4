import { type Breaker, breaker, kernelFaults, type Pipeline, pipeline, Signals } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, WebServer } from '../web-server.ts';

interface Guarded extends DrillSubject {
  readonly server: WebServer;
  readonly circuit: Breaker;
  readonly calls: Pipeline;
}

const CALLS = 5;

export const callsCancelled = drill<Guarded>({
  name: 'users-give-up',
  fault: kernelFaults.CANCELLED,
  kind: 'input',
  breaks: `${CALLS} users, one after the other, give up what they have asked for`,
  recovers: 'nothing has failed: the requests are ended, and the circuit stays closed for others',
  notices: 'who gave up: that it has ended',
  async subject({ random }) {
    const server = await WebServer.start(random, says('fresh'));
    const signals = new Signals();
    const circuit = breaker({ name: 'server', consecutive: 2 });
    const calls = pipeline({ name: 'client', signals }, circuit);
    return {
      drillable: true,
      signals,
      server,
      circuit,
      calls,
      async use(signal) {
        const answer = await calls.run((attempt) => ask(server.url, attempt.signal), { signal });
        if (answer !== 'fresh') throw new Error(`expected an answer, got ${answer}`);
        return 'full';
      },
      close: () => server.close(),
    };
  },
  async inject({ server, calls }, scene) {
    let arrived = Promise.withResolvers<void>();
    let left = Promise.withResolvers<void>();
    const answer = server.answer;
    server.answer = (response, request) => {
      if (request.url !== '/slow') return answer(response, request);
      response.once('close', () => left.resolve());
      return arrived.resolve();
    };
    for (let call = 0; call < CALLS; call++) {
      const user = new AbortController();
      arrived = Promise.withResolvers();
      left = Promise.withResolvers();
      const work = scene.attempt(() =>
        calls.run(({ signal }) => ask(`${server.url}slow`, signal), { signal: user.signal }),
      );
      const isAsked = await Promise.race([arrived.promise.then(() => true), work.then(() => false)]);
      user.abort();
      await work;
      if (isAsked) await left.promise;
    }
  },
  afterwards({ circuit }) {
    if (circuit.phase.state !== 'closed') throw new Error(`the circuit is ${circuit.phase.state}`);
  },
  limits: { restoreMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/breaker/breaker-layer.ts'),
    replace: 'cancelled: leaving(() => undefined),',
    by: 'cancelled: leaving(() => true),',
  },
});
