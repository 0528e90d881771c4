import { join } from 'node:path';
import { bullmqQueue } from '@sustain/jobs/bullmq';
import { inProcessQueue } from '@sustain/jobs/in-process';
import type { Store } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { Scene } from '../../drill/index.ts';
import { redisServer } from '../../servers/index.ts';
import { Workshop, type WorkshopOptions } from './workshop.ts';

/** Of all queues here. */
export const QUEUE = 'orders';

/** For machines that are busy: a store in a file starts a thread, Redis a process. */
export const LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 3000 };

/** Its jobs are in memory. */
export function inMemory(scene: Scene): Workshop {
  return onStore(scene, memoryStore());
}

export interface FileOptions extends Pick<WorkshopOptions, 'maxAttempts'> {
  /** How long a program that says nothing keeps the queue. Default: that of the queue, 5 s. */
  readonly ownerTtlMs?: number;
}

/** Its jobs are in a file, which others may open as well. */
export function inFile(
  scene: Scene,
  options: FileOptions = {},
): Workshop & { readonly databasePath: string } {
  const databasePath = join(scene.folder(), 'jobs.db');
  return Object.assign(onStore(scene, fileStore(databasePath), options), { databasePath });
}

export function fileStore(path: string): Store {
  return sqliteStore({ path, durability: 'process-death' });
}

/** Its jobs are in a Redis of its own. */
export async function inRedis(scene: Scene): Promise<Workshop> {
  const server = redisServer({ appendfsync: 'no' });
  scene.defer(() => server.close());
  await server.start();
  const options = { name: QUEUE, url: server.url, maxReconnectMs: 20 };
  return new Workshop(scene, { open: (signals) => bullmqQueue({ ...options, signals }), isShared: true });
}

function onStore(scene: Scene, store: Store, { ownerTtlMs, ...options }: FileOptions = {}): Workshop {
  return new Workshop(scene, {
    ...options,
    open: (signals) => inProcessQueue({ name: QUEUE, store, signals, ownerTtlMs, waitForOwnerMs: 20 }),
    close: () => store.close(),
  });
}
