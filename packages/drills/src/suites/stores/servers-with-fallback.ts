import { join } from 'node:path';
import { systemClock } from '@sustain/kernel';
import { type FallbackStore, fallbackStore, type Store, storeFaults } from '@sustain/stores';
import { postgresStore } from '@sustain/stores/postgres';
import { redisStore } from '@sustain/stores/redis';
import { sqliteStore } from '@sustain/stores/sqlite';
import { drill, type Scene } from '../../drill/index.ts';
import { type ServerProcess, serverKilled, serverPaused } from '../../servers/index.ts';
import { sourceOf } from '../source-of.ts';
import { Counting } from './counting.ts';
import { noConflicts, QUICK, worthOf } from './fallback-program.ts';
import { startedPostgres } from './postgres-program.ts';
import { quick, startedRedis } from './redis-program.ts';

/** A program that counts on a server, and in a journal while that is away. */
type WithFallback = Counting<FallbackStore> & { readonly server: ServerProcess; readonly primary: Store };

const engine = sourceOf('packages/stores/src/fallback/fallback-engine.ts');
const RECOVERS =
  'the write that met it goes into a journal and so do the next ones; the server gets them when it is back, each once';
/** For machines that are busy. A long absence leaves a long journal. */
const LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 10_000 };

export const redisKilled = drill<WithFallback>({
  name: 'redis-killed',
  fault: storeFaults.STORE_UNAVAILABLE,
  kind: 'process',
  breaks: 'SIGKILL to Redis',
  recovers: RECOVERS,
  notices: 'nothing',
  subject: onRedis,
  inject: killed,
  limits: LIMITS,
  afterwards: noConflicts,
  sabotage: { file: engine, replace: 'return this.#carryOn(request, error);', by: 'throw error;' },
});

export const redisPaused = drill<WithFallback>({
  name: 'redis-paused',
  fault: storeFaults.OUTCOME_UNKNOWN,
  kind: 'process',
  breaks: 'SIGSTOP to Redis: it takes a write, and does it when it goes on',
  recovers: RECOVERS,
  notices: 'one answer that takes longer',
  subject: onRedis,
  async inject(program, scene) {
    await program.betweenUses(async () => void scene.inject(serverPaused(program.server)));
  },
  limits: LIMITS,
  afterwards: noConflicts,
  sabotage: {
    file: sourceOf('packages/stores/src/fallback/lifecycle.ts'),
    replace: "standing.go('returning', 'the primary answers again');",
    by: 'return;',
  },
});

export const postgresKilled = drill<WithFallback>({
  name: 'postgres-killed',
  fault: storeFaults.STORE_UNAVAILABLE,
  kind: 'process',
  breaks: 'SIGKILL to all processes of PostgreSQL',
  recovers: RECOVERS,
  notices: 'nothing',
  async subject(scene) {
    const server = await startedPostgres(scene, { fsync: 'off' }); // what outlives its processes does not need it
    const options = { ...quick(scene), commandTimeoutMs: 500, durability: 'process-death' } as const;
    return withFallback(scene, server, postgresStore({ ...options, url: server.url }));
  },
  inject: killed,
  limits: LIMITS,
  afterwards: noConflicts,
  sabotage: {
    file: sourceOf('packages/stores/src/postgres/connection-pool.ts'),
    replace: 'this.#attemptLater(this.#failure.attempt);',
    by: '',
  },
});

/** While nobody asks it anything, and until that is noticed: a write under way would be in doubt, which is another fault. */
async function killed(program: WithFallback, scene: Scene): Promise<void> {
  await program.betweenUses(async () => {
    scene.inject(await serverKilled(program.server));
    await program.primary.get('anything').catch(() => undefined); // as long as that took, and however it ended
  });
}

async function onRedis(scene: Scene): Promise<WithFallback> {
  const server = await startedRedis(scene);
  return withFallback(scene, server, redisStore({ ...quick(scene), url: server.url }));
}

async function withFallback(scene: Scene, server: ServerProcess, primary: Store): Promise<WithFallback> {
  const path = join(scene.folder(), 'spare.db');
  const spare = sqliteStore({ name: 'spare', path, durability: 'process-death' });
  await answering(primary, scene.signal);
  const program = await Counting.start<FallbackStore>({
    open: (signals) => fallbackStore({ primary, spare, ...QUICK, signals }),
    worth: worthOf,
    async close() {
      await Promise.all([primary.close(), spare.close()]);
    },
  });
  return Object.assign(program, { server, primary });
}

/** At first its driver is loaded, and it connects, which may take longer than a command may. */
async function answering(store: Store, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await store.get('anything', { signal });
      return;
    } catch (error) {
      if (!storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
      await systemClock.sleep(20, { signal });
    }
  }
}
