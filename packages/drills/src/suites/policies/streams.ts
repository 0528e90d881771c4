import { once } from 'node:events';
import {
  breaker,
  constant,
  fallback,
  outputFaults,
  type Pipeline,
  pipeline,
  type Random,
  retry,
  Signals,
  type StreamSource,
  stream,
  streamDeadline,
  streamFaults,
} from '@sustain/kernel';
import { type DrillSubject, drill, type Useful } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { type WebAnswer, WebServer } from '../web-server.ts';

const LATE_MS = 250;

/** A reader of words that a server streams. */
interface Reader extends DrillSubject {
  readonly server: WebServer;
}

export const firstChunkLate = drill<Reader>({
  name: 'stream-does-not-begin',
  fault: streamFaults.STREAM_TIMED_OUT,
  kind: 'server',
  breaks: 'the server accepts the first request of each stream, and sends nothing',
  recovers: `the request is given up after ${LATE_MS} ms, and made again`,
  notices: `a stream that begins ${LATE_MS} ms later`,
  subject: ({ random }) => reader(random, retriedPolicies),
  inject({ server }, scene) {
    scene.inject(server.answering('first requests begin no stream', onFirstAttempt([], 'stays open')));
  },
  limits: { recoveryMs: 3000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

export const emptyStream = drill<Reader>({
  name: 'stream-of-keep-alives',
  fault: outputFaults.OUTPUT_REJECTED,
  kind: 'server',
  breaks: 'the first stream of each use ends well, but brings nothing but keep-alives',
  recovers: 'nothing of it is handed on, and the stream is asked for again',
  notices: 'nothing',
  subject: ({ random }) => reader(random, retriedPolicies),
  inject({ server }, scene) {
    scene.inject(server.answering('first streams without a word', onFirstAttempt([' ', ' '], 'ends')));
  },
  limits: { recoveryMs: 3000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});

export const streamStalls = drill<Reader>({
  name: 'stream-stalls',
  fault: streamFaults.STREAM_TIMED_OUT,
  kind: 'server',
  breaks: 'streams stall after their first word',
  recovers: 'the circuit opens, and streams that begin after it are read from what was kept',
  notices: 'one stream that breaks off, then older ones',
  subject: ({ random }) => reader(random, fallingBackPolicies),
  inject({ server }, scene) {
    scene.inject(server.answering('streams stall after a word', streaming(['one'], 'stays open')));
  },
  limits: { detectMs: 2000, recoveryMs: 3000, restoreMs: 3000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/breaker/judge.ts'),
    replace: 'if (why && phase.trip) phase.trip(circuit, why);',
    by: 'if (!phase) return;',
  },
});

const WORDS = ['one', 'two', 'three'];
const KEPT = ['kept'];
/** More than chunks take on a busy machine. */
const DEADLINES = { firstChunkMs: LATE_MS, stallMs: LATE_MS };

/** A first chunk that is late where only a stall is meant would be saved by the fallback without the circuit. */
const PATIENT_MS = 10_000;

type StreamPolicies = Pipeline<StreamSource<string>>;

function retriedPolicies(signals: Signals): StreamPolicies {
  return pipeline(
    { name: 'words', signals },
    retry({ maxAttempts: 2, backoff: constant(0) }),
    streamDeadline(DEADLINES),
  );
}

function fallingBackPolicies(signals: Signals): StreamPolicies {
  return pipeline(
    { name: 'words', signals },
    fallback(() => KEPT),
    breaker({ name: 'words', consecutive: 1, openMs: LATE_MS }),
    streamDeadline({ ...DEADLINES, firstChunkMs: PATIENT_MS }),
  );
}

async function reader(random: Random, policiesOf: (signals: Signals) => StreamPolicies): Promise<Reader> {
  const server = await WebServer.start(random, streaming(WORDS, 'ends'));
  const signals = new Signals();
  const policies = policiesOf(signals);
  return {
    drillable: true,
    signals,
    server,
    async use(signal) {
      const words: string[] = [];
      const source = stream(
        policies,
        ({ number, signal }) => wordsOf(`${server.url}?attempt=${number}`, signal),
        {
          signal,
          isUseful: (chunk) => chunk.trim() !== '',
        },
      );
      for await (const chunk of source) words.push(chunk);
      return worth(words.join(''));
    },
    close: () => server.close(),
  };
}

function worth(text: string): Useful {
  if (text === WORDS.join('')) return 'full';
  if (text === KEPT.join('')) return 'fallback';
  throw new Error(`expected all words, got ${JSON.stringify(text)}`);
}

async function wordsOf(url: string, signal: AbortSignal): Promise<StreamSource<string>> {
  const { body } = await fetch(url, { signal });
  if (body === null) throw new TypeError('an answer without a body');
  return body.pipeThrough(new TextDecoderStream());
}

function streaming(words: readonly string[], then: 'ends' | 'stays open'): WebAnswer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
    for (const word of words) if (!response.write(word)) await once(response, 'drain');
    if (then === 'ends') response.end();
  };
}

function onFirstAttempt(words: readonly string[], then: 'ends' | 'stays open'): WebAnswer {
  const [broken, well] = [streaming(words, then), streaming(WORDS, 'ends')];
  return (response, request) => (request.url?.endsWith('?attempt=1') ? broken : well)(response, request);
}
