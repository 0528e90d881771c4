import { classify, constant, kernelFaults, pipeline, retry, Signals } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, silent, type WebAnswer, WebServer } from '../web-server.ts';
import { NameServer } from './name-server.ts';

interface Client extends DrillSubject {
  readonly server: WebServer;
}

/** More than an answer takes on a busy machine. */
const HOST_TIMEOUT_MS = 250;

export const hostTimedOut = drill<Client>({
  name: 'fetch-times-out',
  fault: kernelFaults.TIMEOUT,
  kind: 'server',
  breaks:
    'the server does not answer the first request of each use; `fetch` gives it up by AbortSignal.timeout',
  recovers: 'the request is made again',
  notices: `an answer that is late by ${HOST_TIMEOUT_MS} ms`,
  async subject({ random }) {
    const server = await WebServer.start(random, says('fresh'));
    const signals = new Signals();
    const calls = pipeline({ name: 'client', signals }, retry({ maxAttempts: 2, backoff: constant(0) }));
    return {
      drillable: true,
      signals,
      server,
      async use(signal) {
        const answer = await calls.run(
          ({ number }) =>
            atEdge(ask(`${server.url}?attempt=${number}`, AbortSignal.timeout(HOST_TIMEOUT_MS))),
          {
            signal,
          },
        );
        if (answer !== 'fresh') throw new Error(`expected an answer, got ${answer}`);
        return 'full';
      },
      close: () => server.close(),
    };
  },
  inject({ server }, scene) {
    const well = server.answer;
    const silentAtFirst: WebAnswer = (response, request) =>
      (request.url?.endsWith('?attempt=1') ? silent : well)(response, request);
    scene.inject(server.answering('first requests are not answered', silentAtFirst));
  },
  limits: { recoveryMs: 3000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

interface Resolving extends DrillSubject {
  readonly names: NameServer;
}

export const nameServerSilent = drill<Resolving>({
  name: 'name-server-silent',
  fault: kernelFaults.TIMEOUT,
  kind: 'network',
  breaks: 'the name server does not answer the first query of each use (ETIMEOUT)',
  recovers: 'the query is made again',
  notices: 'an answer that is late by the time-out of the resolver, a quarter of a second',
  async subject() {
    const names = await NameServer.start(HOST_TIMEOUT_MS);
    const signals = new Signals();
    const calls = pipeline({ name: 'resolver', signals }, retry({ maxAttempts: 2, backoff: constant(0) }));
    return {
      drillable: true,
      signals,
      names,
      async use(signal) {
        const addresses = await calls.run(({ number }) => atEdge(names.resolve(`attempt${number}.test`)), {
          signal,
        });
        if (`${addresses}` !== '127.0.0.1') throw new Error(`expected an address, got ${addresses}`);
        return 'full';
      },
      close: () => names.close(),
    };
  },
  inject({ names }, scene) {
    names.silentOn = 'attempt1';
    const undo = () => {
      names.silentOn = undefined;
    };
    scene.inject(startInjection({ what: 'a name server that does not answer', undo }));
  },
  limits: { recoveryMs: 3000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

/** The edge of a system, where the host's errors become faults. */
async function atEdge<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw classify(error);
  }
}
