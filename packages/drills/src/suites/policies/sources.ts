import {
  type ChainSource,
  defaultFallback,
  ErrorHandler,
  type FallbackChain,
  fallbackChain,
  fallbackChainFaults,
  outputFaults,
  Signals,
} from '@sustain/kernel';
import { type DrillSubject, drill, type Scene } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, WebServer } from '../web-server.ts';
import { worth } from './web-client.ts';

/** A client of two servers, the first of which is preferred, and which has an answer of its own at last. */
interface TwoSources extends DrillSubject {
  readonly first: WebServer;
  readonly second: WebServer;
}

export const allSourcesDown = drill<TwoSources>({
  name: 'all-servers-down',
  fault: fallbackChainFaults.ALL_SOURCES_FAILED,
  kind: 'network',
  breaks: 'all servers that could answer go down',
  recovers: 'the default answer is given',
  notices: 'an older answer',
  subject: twoSources,
  async inject({ first, second }, scene) {
    scene.inject(await first.down());
    scene.inject(await second.down());
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/default-fallback.ts'),
    replace: "result(true, true, 'Using the default'",
    by: "result(false, true, 'Using the default'",
  },
});

export const emptyAnswer = drill<TwoSources>({
  name: 'empty-answer',
  fault: outputFaults.OUTPUT_REJECTED,
  kind: 'server',
  breaks: 'the preferred server answers well, but with nothing',
  recovers: 'the next server is asked in the same call',
  notices: 'an answer from the second server',
  subject: twoSources,
  inject({ first }, scene) {
    scene.inject(first.answering('empty answers', says('')));
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/fallback-chain/fallback-chain.ts'),
    replace: 'if (cancelled || delivered) throw error;',
    by: 'throw error;',
  },
});

async function twoSources({ random }: Scene): Promise<TwoSources> {
  const first = await WebServer.start(random.fork('first'), says('fresh'));
  const second = await WebServer.start(random.fork('second'), says('kept'));
  const signals = new Signals();
  const chain = fallbackChain({
    name: 'answer',
    sources: [source('first', first), source('second', second)],
    isGood: (answer) => answer !== '',
    retryPreferredAfterMs: 0,
    stableAfter: 1,
    signals,
  });
  const handler = new ErrorHandler({
    component: 'client',
    strategies: [defaultFallback({ answer: () => 'kept' })],
    signals,
  });
  return {
    drillable: true,
    signals,
    first,
    second,
    use: async (signal) => worth(await answerOf(chain, handler, signal)),
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

function source(name: string, server: WebServer): ChainSource<undefined, string> {
  return { name, run: (_input, { signal }) => ask(server.url, signal) };
}

async function answerOf(
  chain: FallbackChain<undefined, string>,
  handler: ErrorHandler,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await chain.run(undefined, { signal });
  } catch (error) {
    if (!fallbackChainFaults.ALL_SOURCES_FAILED.matches(error)) throw error;
    const { recovered, output } = await handler.handleError(error);
    if (recovered) return output as string;
    throw error;
  }
}
