import { type RedisStoreOptions, redisStore } from '@sustain/stores/redis';
import type { Scene } from '../../drill/index.ts';
import { TcpProxy } from '../../network/index.ts';
import { redisServer, type ServerProcess } from '../../servers/index.ts';
import { Counting } from './counting.ts';

/** A program that counts in a Redis of its own, to which the way can be broken. */
export type OnRedis = Counting & { readonly server: ServerProcess; readonly proxy: TcpProxy };

/** For machines that are busy: several times what is needed. */
export const REDIS_LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 3000 };

export async function onRedis(
  scene: Scene,
  options: Pick<RedisStoreOptions, 'durability'> = {},
): Promise<OnRedis> {
  const server = await startedRedis(scene);
  const proxy = await TcpProxy.start({ upstream: server.url, random: scene.random.fork('proxy') });
  scene.defer(() => proxy.close());
  const program = await Counting.start({
    open: (signals) => redisStore({ ...options, ...quick(scene), url: proxy.through(server.url), signals }),
  });
  return Object.assign(program, { server, proxy });
}

/** What it acknowledges outlives its process. */
export async function startedRedis(scene: Scene): Promise<ServerProcess> {
  const server = redisServer({ appendfsync: 'no' });
  scene.defer(() => server.close());
  await server.start();
  return server;
}

/** It waits for little, and comes back soon, so that a drill need not wait long. */
export function quick({ random }: Scene) {
  return { commandTimeoutMs: 150, maxReconnectMs: 20, random: random.fork('reconnects') };
}
