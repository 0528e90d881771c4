import { join } from 'node:path';
import { bullmqQueue } from '@sustain/jobs/bullmq';
import { inProcessQueue } from '@sustain/jobs/in-process';
import type { Signals } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { Scene } from '../../drill/index.ts';
import { redisServer } from '../../servers/index.ts';
import { type Order, type Orders, Workshop, type WorkshopOptions } from './workshop.ts';

/** Of all queues here. */
export const QUEUE = 'orders';

/** For machines that are busy: a store in a file starts a thread, Redis a process. */
export const LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 3000 };

/** Its jobs are in memory. */
export function inMemory(scene: Scene): Workshop {
  const store = memoryStore();
  return onStore(scene, store);
}

/** Its jobs are in a file, which others may open as well. */
export function inFile(
  scene: Scene,
  options: Partial<WorkshopOptions> = {},
): Workshop & { databasePath: string } {
  const databasePath = join(scene.folder(), 'jobs.db');
  return Object.assign(onStore(scene, fileStore(databasePath), options), { databasePath });
}

export function fileStore(path: string): Store {
  return sqliteStore({ path, durability: 'process-death' });
}

/** Opens its queue, for which it waits a moment where another has it. */
export function queueOn(store: Store, signals?: Signals, waitForOwnerMs = 20): Promise<Orders> {
  return inProcessQueue<Order, string>({ name: QUEUE, store, signals, waitForOwnerMs });
}

/** Its jobs are in a Redis of its own. */
export async function inRedis(scene: Scene): Promise<Workshop> {
  const server = redisServer({ appendfsync: 'no' });
  scene.defer(() => server.close());
  await server.start();
  const options = { name: QUEUE, url: server.url, maxReconnectMs: 20 };
  return new Workshop(scene, { open: (signals) => bullmqQueue({ ...options, signals }), isShared: true });
}

function onStore(scene: Scene, store: Store, options: Partial<WorkshopOptions> = {}): Workshop {
  const open = (signals: Signals) => queueOn(store, signals);
  return new Workshop(scene, { open, close: () => store.close(), ...options });
}
