import { bullmqQueue } from '@sustain/jobs/bullmq';
import { type Clock, constant, type Random, type SignalSink } from '@sustain/kernel';
import type { Server } from '@sustain/ops/server';
import { storeFaults } from '@sustain/stores';
import { z } from 'zod';
import {
  createOrchestrator,
  defineOrchestration,
  type Orchestrator,
  type RunOrder,
  type RunProgress,
  type SessionManager,
  type StageContext,
} from '../src/index.ts';

/** What of a film is made, one after the other: each appends an event to the session. */
export const STAGES = ['script', 'shoot'];

/** Whose films they are. */
export const DIRECTOR = { appName: 'durability', userId: 'director' };

/** What makes films needs. */
export interface FilmHost {
  readonly server: Server;
  readonly manager: SessionManager;
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/**
 * Serves films, each a run on Redis that any instance may work at: `POST /films` begins the one of that name, once, and
 * `GET /films/<run>` answers when it has ended. Works at them as soon as Redis is there. What is answered closes it.
 */
export function serveFilms(host: FilmHost): () => Promise<void> {
  const { server, clock } = host;
  const ending = new AbortController();
  const { signal } = ending;
  const opening = untilThere(() => openFilms(host), clock, signal);
  opening.catch(() => undefined); // who asks is told
  server.register(async (app) => {
    app.post('/films', async (request) => {
      const { sessionId, film } = request.body as { readonly sessionId: string; readonly film: string };
      const key = { ...DIRECTOR, sessionId };
      const order = { key, orchestration: 'film', input: { film }, idempotencyKey: film };
      return (await opening).orchestrator.start(order, { signal });
    });
    app.get('/films/:runId', async (request) => {
      const { runId } = request.params as { readonly runId: string };
      return (await opening).orchestrator.wait(runId, { signal });
    });
  });
  return async () => {
    ending.abort();
    await opening.then(
      ({ close }) => close(),
      () => undefined,
    );
  };
}

interface Films {
  readonly orchestrator: Orchestrator;
  close(): Promise<void>;
}

async function openFilms({ manager, redisUrl: url, ...parts }: FilmHost): Promise<Films> {
  const { clock, random, signals } = parts;
  const queue = await bullmqQueue<RunOrder, null, RunProgress>({
    ...{ name: 'films', url, stalledAfterMs: 1500, maxReconnectMs: 300, clock, random, signals },
  });
  try {
    const orchestrator = createOrchestrator({
      ...{ manager, queue, pipelines: [filmOf(manager)], clock, random, signals },
      ...{ maxAttempts: 1000, backoff: constant(50) }, // as often as something is killed
    });
    await orchestrator.process();
    return { orchestrator, close: () => queue.close() };
  } catch (error) {
    await queue.close();
    throw error;
  }
}

function filmOf(manager: SessionManager) {
  return defineOrchestration({
    name: 'film',
    input: z.object({ film: z.string() }),
    stages: STAGES.map((name) => ({
      name,
      async run({ key, input: { film }, signal }: StageContext<{ film: string }>) {
        await manager.appendEvent(key, { event: { id: `${film}-${name}` } }, { signal });
        return name;
      },
    })),
  });
}

/** A program that is started while Redis is away waits for it. */
async function untilThere<T>(open: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
    }
    await clock.sleep(50, { signal });
  }
}
