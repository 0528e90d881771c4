import { DatabaseSync } from 'node:sqlite';
import { type Injection, redisServer, type Scene, type ServerProcess, startInjection } from '@sustain/drills';
import { TcpProxy } from '@sustain/drills/network';
import { systemClock } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores';
import { redisStore } from '@sustain/stores/redis';
import { sqliteStore } from '@sustain/stores/sqlite';
import { createSessionManager, type SessionManagerOptions } from '../manager/index.ts';
import type { OpenedSessions, SessionsProgram } from './sessions-program.ts';

/** A Redis of the drill's own, and a way to it that can be broken. */
export interface OwnRedis {
  readonly server: ServerProcess;
  readonly proxy: TcpProxy;
  /** `url` of the server, or of the way to it. For machines that are busy it waits 600 ms for an answer. */
  open(url: string, commandTimeoutMs?: number): Promise<Store>;
}

/** What it acknowledges outlives its process. */
export async function ownRedis(scene: Scene): Promise<OwnRedis> {
  const server = redisServer({ appendfsync: 'no' });
  scene.defer(() => server.close());
  await server.start();
  const proxy = await wayTo(server, scene);
  return { server, proxy, open };

  async function open(url: string, commandTimeoutMs = 600): Promise<Store> {
    const quick = { commandTimeoutMs, maxReconnectMs: 200, random: scene.random.fork('reconnects') };
    const store = redisStore({ ...quick, url });
    await answering(store, scene.signal);
    return store;
  }
}

export async function wayTo(server: ServerProcess, scene: Scene): Promise<TcpProxy> {
  const proxy = await TcpProxy.start({ upstream: server.url, random: scene.random.fork('proxy') });
  scene.defer(() => proxy.close());
  return proxy;
}

/** A file for one machine. Another program that writes is not waited for. */
export function file(path: string, busyTimeoutMs = 1): Store {
  return sqliteStore({ path, durability: 'process-death', busyTimeoutMs });
}

/** Sessions in such a store, with a journal beside it where there is a `spare`. It looks often whether its primary is back. */
export function sessionsIn(
  options: SessionManagerOptions & { readonly signals: SessionsProgram['signals'] },
): OpenedSessions {
  const manager = createSessionManager({
    ...{ instance: 'one', retry: { maxAttempts: 1 }, cleanupEveryMs: Number.POSITIVE_INFINITY },
    fallback: { patienceMs: 400, probeEveryMs: 20, successes: 2 },
    ...options,
  });
  return {
    manager,
    async close() {
      await options.primary.close();
      await options.spare?.close();
    },
  };
}

/** Another program holds the file, so that nobody else can write to it. */
export function heldFile(path: string): Injection {
  const other = new DatabaseSync(path, { timeout: 5000 });
  const undo = () => {
    other.exec('ROLLBACK');
    other.close();
  };
  const injection = startInjection({ what: `another program holds ${path}`, undo });
  other.exec('BEGIN IMMEDIATE');
  return injection;
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
