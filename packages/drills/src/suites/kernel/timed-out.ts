import { classify, constant, kernelFaults, pipeline, retry, Signals } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, silent, type WebAnswer, WebServer } from '../web-server.ts';

interface Client extends DrillSubject {
  readonly server: WebServer;
}

const HOST_TIMEOUT_MS = 40;

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
        const answer = await calls.run(({ number }) => askInTime(`${server.url}?attempt=${number}`), {
          signal,
        });
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
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

/** The edge of a system, where the host's errors become faults. */
async function askInTime(url: string): Promise<string> {
  try {
    return await ask(url, AbortSignal.timeout(HOST_TIMEOUT_MS));
  } catch (error) {
    throw classify(error);
  }
}
