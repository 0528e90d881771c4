import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { type DrillSubject, drill, freePort, type Scene, startInjection } from '@sustain/drills';
import { refuse, reset } from '@sustain/drills/network';
import { FlakyStore } from '@sustain/drills/stores';
import { constant, Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import type { Store } from '@sustain/stores';
import { createSessionsClient, type SessionsClient } from '../client/index.ts';
import { sessionFaults } from '../faults.ts';
import { serveSessions } from '../routes/index.ts';
import { file, type OwnRedis, ownRedis, sessionsIn } from './places.ts';

/** A session service that dies and is started again at its port, with its journal; and a client that keeps a diary. */
interface Mortal extends DrillSubject {
  readonly redis: OwnRedis;
  readonly client: SessionsClient;
  /** Events that were acknowledged. */
  readonly events: string[];
  /** How many of these while the store was away. */
  journalled: number;
  /** How many were refused. */
  refused: number;
  /** What comes of appends beside those, that were not answered when it died. */
  underWay?: Promise<readonly PromiseSettledResult<unknown>[]>;
  /** From now on nothing of it reaches its stores, and it hears nothing of them. */
  fallSilent(): void;
  /** Cuts its connections, and starts it anew. */
  restart(): Promise<void>;
}

const DIARY = { appName: 'studio', userId: 'ada', sessionId: 'diary' };

export const errorRecovery = drill<Mortal>({
  name: 'error-recovery-scenarios',
  fault: sessionFaults.SESSION_OUTCOME_UNKNOWN,
  kind: 'process',
  breaks:
    'the service dies in the midst of appends, while its store is away and its journal has what it has acknowledged',
  recovers:
    'it is started again with its journal, which the store gets when it is back; the client sends what was not answered again, under the same key, and it is done once',
  notices: 'that it takes longer',
  subject: mortal,
  async inject(subject, scene) {
    const { redis, events, client } = subject;
    scene.inject(redis.proxy.add(refuse()));
    await redis.proxy.add(reset(), { connections: 'open' }).end();
    const { signal } = scene;
    const { length: before } = events;
    const { refused } = subject;
    // However slow the machine is; without a journal it ends with the client's patience.
    while (events.length < before + 3 && subject.refused === refused) await systemClock.sleep(5, { signal });
    subject.journalled = events.length - before;
    scene.begin();
    const send = (id: string) => client.appendEvent(DIARY, { event: { id } }, { signal });
    const ids = Array.from({ length: 10 }, (_, index) => `beside-${index}`);
    const arrived = requestsBegun(ids.length);
    subject.fallSilent();
    subject.underWay = Promise.allSettled(ids.map(send));
    await arrived;
    const substitute =
      'nothing of the service reaches its stores or its clients, where a kill would end its process';
    scene.inject(startInjection({ what: 'the death of the service', substitute, undo: () => undefined }));
    await subject.restart();
  },
  lastsMs: 50,
  limits: { detectMs: 3000, recoveryMs: 8000, restoreMs: 10_000 },
  async afterwards({ client, events, journalled, underWay }) {
    if (journalled < 3) throw new Error(`${journalled} events were acknowledged while the store was away`);
    const sent = (await underWay) ?? [];
    for (const result of sent) if (result.status === 'rejected') throw result.reason;
    const acknowledged = [...events];
    const all = (await client.getSession(DIARY)).events.map(({ id }) => id);
    const stored = all.filter((id) => !id.startsWith('beside-'));
    if (all.length !== stored.length + sent.length)
      throw new Error(`${sent.length} events were under way, ${all.length - stored.length} are there`);
    if (stored.slice(0, acknowledged.length).join() !== acknowledged.join())
      throw new Error(`${acknowledged.length} events were acknowledged, and there are ${stored}`);
  },
  sabotage: {
    file: new URL('../manager/manager-options.ts', import.meta.url),
    replace: 'spare: enableFallback ? options.spare : undefined,',
    by: 'spare: undefined,',
  },
});

async function mortal(scene: Scene): Promise<Mortal> {
  const redis = await ownRedis(scene);
  const primary = await redis.open(redis.proxy.through(redis.server.url));
  const spare = file(join(scene.folder(), 'journal.db'), 5000);
  const signals = new Signals();
  const port = await freePort(scene.random.fork('port'));
  const start = () => lifeOf(scene, primary, spare, port);
  const client = createSessionsClient({
    ...{ baseUrl: `http://127.0.0.1:${port}`, signals, timeoutMs: 2000, random: scene.random.fork('client') },
    // A server that stops says to come back in a second: it is there again sooner.
    retry: { maxAttempts: 1000, backoff: constant(10), maxElapsedMs: 10_000, maxRetryAfterMs: 100 },
  });
  const events: string[] = [];
  let life = await start();
  await client.getOrCreateSession(DIARY);
  const subject: Mortal = {
    ...{ drillable: true, redis, signals, client, events, journalled: 0, refused: 0 },
    async use(signal) {
      const id = `e${events.length + 1}`;
      await client.appendEvent(DIARY, { event: { id } }, { signal }).catch((error: unknown) => {
        subject.refused++;
        throw error;
      });
      events.push(id);
      return 'full';
    },
    fallSilent: () => life.fallSilent(),
    async restart() {
      await life.server.stop();
      life = await start();
    },
    async close() {
      await life.server.stop();
      await life.manager.close();
      await Promise.all([primary.close(), spare.close()]);
    },
  };
  return subject;
}

/** What a service is until it dies. */
async function lifeOf({ random }: Scene, primary: Store, spare: Store, port: number) {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const link = new FlakyStore(primary, clock, random.fork('link'));
  const journal = new FlakyStore(spare, clock, random.fork('journal'));
  const retry = { baseDelayMs: 50 }; // the store is away for as long: it is asked again before the client is told
  const { manager } = sessionsIn({ primary: link, spare: journal, signals, retry });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port, health, clock, signals, stopTimeoutMs: 0 });
  serveSessions(server, { manager });
  await server.start();
  const fallSilent = () => {
    link.isKilled = true;
    journal.isKilled = true;
  };
  return { manager, server, fallSilent };
}

/** Resolves when so many requests have reached servers of this process. */
function requestsBegun(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const onRequest = () => {
      left--;
      if (left > 0) return;
      unsubscribe(REQUEST_BEGUN, onRequest);
      resolve();
    };
    subscribe(REQUEST_BEGUN, onRequest);
  });
}

const REQUEST_BEGUN = 'http.server.request.start';
