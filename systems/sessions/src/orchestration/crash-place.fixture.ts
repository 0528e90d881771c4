import { bullmqQueue } from '@sustain/jobs/bullmq';
import { inProcessQueue } from '@sustain/jobs/in-process';
import { constant } from '@sustain/kernel';
import { sqliteStore } from '@sustain/stores/sqlite';
import { z } from 'zod';
import { createSessionManager } from '../manager/index.ts';
import {
  createOrchestrator,
  defineOrchestration,
  type RunOrder,
  type RunProgress,
  type StageContext,
} from './index.ts';

/** Where sessions and jobs are, of processes one after the other. */
export interface CrashPlace {
  readonly sessions: string;
  readonly jobs:
    | { readonly driver: 'in-process'; readonly path: string }
    | { readonly driver: 'bullmq'; readonly url: string; readonly name: string };
}

export const key = { appName: 'studio', userId: 'ada', sessionId: 's-1' };

/** How long what a process has taken stays its own: of one that is killed, so that its heir need not wait long. */
export const SHORT_MS = 1000;
/** Of all others: a machine that stands still for a while takes nothing from them. */
export const LONG_MS = 10_000;

/** Opens an orchestrator of `film`, whose stages do as they are told. */
export async function openFilm(
  place: CrashPlace,
  runStage: (name: string, context: StageContext<{ poison: boolean }>) => unknown,
  ttlMs = LONG_MS,
) {
  const primary = sqliteStore({ path: place.sessions, durability: 'process-death' });
  const manager = createSessionManager({ primary, instance: 'one' });
  const { jobs } = place;
  const jobStore =
    jobs.driver === 'in-process' ? sqliteStore({ path: jobs.path, durability: 'process-death' }) : undefined;
  const queue =
    jobs.driver === 'in-process'
      ? await inProcessQueue<RunOrder, null, RunProgress>({
          ...{ name: 'films', store: jobStore as typeof primary, ownerTtlMs: ttlMs, waitForOwnerMs: 30_000 },
        })
      : await bullmqQueue<RunOrder, null, RunProgress>({
          ...{ name: jobs.name, url: jobs.url, stalledAfterMs: ttlMs },
        });
  const film = defineOrchestration({
    name: 'film',
    input: z.object({ poison: z.boolean() }),
    stages: ['script', 'shoot', 'cut'].map((name) => ({
      name,
      run: (context: StageContext<{ poison: boolean }>) => runStage(name, context),
    })),
  });
  const orchestrator = createOrchestrator({
    manager,
    queue,
    pipelines: [film],
    maxAttempts: 2,
    backoff: constant(10),
  });
  return {
    manager,
    orchestrator,
    async close() {
      await queue.close();
      await manager.close();
      await jobStore?.close();
      await primary.close();
    },
  };
}
