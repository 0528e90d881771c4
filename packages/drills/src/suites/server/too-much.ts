import { createOperation, defineSignal, systemClock } from '@sustain/kernel';
import { serverFaults } from '@sustain/ops/server';
import { sourceOf } from '../source-of.ts';
import { type Answer, ask, flood, Refused } from './asking.ts';
import { type EventStream, openStream } from './event-stream.ts';
import { bearer, type GuardedServer, OTHER_TOKEN, TOKEN } from './guarded-server.ts';
import { refusedClient } from './refused-client.ts';

const rates = sourceOf('packages/ops/src/server/rate-limit/request-rates.ts');
const limit = { perSecond: 150, burst: 10 };
const noLimit = { perSecond: 1e6, burst: 1e6 };

/** More than the limit lets in, even of a machine that is busy and takes 200 ms for them. */
const TIMES = 40;
/** Who asks three times in 20 ms stays below the limit. */
const paced = (signal: AbortSignal) => systemClock.sleep(20, { signal });
const proxied = (token: string, address: string) => ({ ...bearer(token), 'x-forwarded-for': address });
const greedy = proxied(OTHER_TOKEN, '203.0.113.66');

export const floodOfAddress = refusedClient({
  name: 'flood-from-one-address',
  fault: serverFaults.TOO_MANY_REQUESTS,
  kind: 'load',
  breaks: 'a client asks 40 times at once, again and again, through the same proxy as the others',
  notices: 'nothing; who asked too much is answered 429, and served again when it waits',
  status: 429,
  letsSomeIn: true,
  pauseMs: 50,
  server: {
    server: {
      trustedProxies: ['127.0.0.1'],
      rates: { perAddress: limit, loopback: noLimit, perToken: noLimit },
    },
  },
  prepare(server) {
    server.client = proxied(TOKEN, '203.0.113.7');
    server.more = paced;
  },
  ask: async ({ url }, signal) => refusalIn(await flood(`${url}/volume`, greedy, { times: TIMES, signal })),
  afterwards: ({ url }) => servedAgain(url, greedy),
  sabotage: {
    file: rates,
    replace: "return this.#refuses(this.#addresses, addressKey, 'address');",
    by: 'return undefined;',
  },
});

export const floodOfToken = refusedClient({
  name: 'flood-with-one-token',
  fault: serverFaults.TOO_MANY_REQUESTS,
  kind: 'load',
  breaks: 'a program asks 40 times at once, again and again, from the same machine as the others',
  notices: 'nothing; who asked too much is answered 429, and served again when it waits',
  status: 429,
  letsSomeIn: true,
  pauseMs: 50,
  server: { server: { rates: { perAddress: noLimit, loopback: noLimit, perToken: limit } } },
  prepare(server) {
    server.more = paced;
  },
  ask: async ({ url }, signal) =>
    refusalIn(await flood(`${url}/volume`, bearer(OTHER_TOKEN), { times: TIMES, signal })),
  afterwards: ({ url }) => servedAgain(url, bearer(OTHER_TOKEN)),
  sabotage: {
    file: rates,
    replace: "return this.#refuses(this.#tokens, name, 'token');",
    by: 'return undefined;',
  },
});

const MOST_STREAMS = 4;
const beat = defineSignal<{ readonly mark: string }>('drill.beat');

export const tooManyStreams = refusedClient({
  name: 'all-streams-taken',
  fault: serverFaults.TOO_MANY_STREAMS,
  kind: 'load',
  breaks: 'a client opens event streams until there is no place left, and reads none of them',
  notices: 'who watches already notices nothing; who comes late is answered 503 until there is a place',
  status: 503,
  letsSomeIn: true,
  server: { server: { maxStreams: MOST_STREAMS } },
  async prepare(server) {
    const watcher = await openStream(server.url, server.client);
    server.more = () => hears(server, watcher);
  },
  async ask({ url }, signal) {
    const stream = await openStream(url, bearer(OTHER_TOKEN), { reads: false });
    signal.addEventListener('abort', () => stream.close(), { once: true });
    return 'a place';
  },
  async afterwards({ url }, { others }) {
    if (others.length !== MOST_STREAMS - 1) throw new Error(`${others.length} streams were opened`);
    await untilServed(() => openStream(url, bearer(OTHER_TOKEN)).then((stream) => stream.close()));
  },
  sabotage: {
    file: sourceOf('packages/ops/src/server/signal-stream/signal-routes.ts'),
    replace: 'if (streams >= maxStreams) {',
    by: 'if (false) {',
  },
});

async function hears({ signals }: GuardedServer, watcher: EventStream): Promise<void> {
  const mark = createOperation('beat').id;
  signals.channel(beat).emit({ mark }, { source: 'drill' });
  await watcher.heard(mark);
}

function refusalIn(answers: readonly Answer[]): readonly Answer[] {
  const refused = answers.find(({ status }) => status >= 400);
  if (refused !== undefined) throw new Refused(refused);
  return answers;
}

/** Retry-After was meant: who waits is served. */
async function servedAgain(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  await untilServed(() => ask(`${url}/volume`, { headers }));
}

/** Asks again and again for 2 s. */
async function untilServed(once: () => Promise<unknown>): Promise<void> {
  const endMs = systemClock.monotonicMs() + 2000;
  for (;;) {
    try {
      await once();
      return;
    } catch (error) {
      if (!(error instanceof Refused) || systemClock.monotonicMs() > endMs) throw error;
    }
    await systemClock.sleep(5);
  }
}
