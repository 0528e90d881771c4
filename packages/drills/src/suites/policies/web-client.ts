import { fallback, type Pipeline, type Policy, pipeline, Signals } from '@sustain/kernel';
import type { DrillSubject, Scene, Useful } from '../../drill/index.ts';
import { ask, says, WebServer } from '../web-server.ts';

/** A client of an HTTP server, which falls back on an answer that it has kept. */
export interface WebClient extends DrillSubject {
  readonly server: WebServer;
  readonly calls: Pipeline<string, unknown>;
}

/** Its calls have these policies, inside of the fallback. */
export async function webClient(
  { random }: Pick<Scene, 'random'>,
  ...policies: readonly Policy<never, unknown>[]
): Promise<WebClient> {
  const server = await WebServer.start(random, says('fresh'));
  const signals = new Signals();
  const calls = pipeline(
    { name: 'client', signals, random: random.fork('policies') },
    fallback('kept'),
    ...policies,
  );
  return {
    drillable: true,
    signals,
    server,
    calls,
    use: async (signal) => worth(await calls.run((attempt) => ask(server.url, attempt.signal), { signal })),
    close: () => server.close(),
  };
}

/** What an answer is worth. Throws when it is none. */
export function worth(answer: string): Useful {
  if (answer === 'fresh') return 'full';
  if (answer === 'kept') return 'fallback';
  throw new Error(`expected an answer, got ${JSON.stringify(answer)}`);
}
