import { sqliteStore } from '@sustain/stores/sqlite';
import { bullmqQueue } from './bullmq/index.ts';
import type { JobQueue } from './contract.ts';
import { inProcessQueue } from './in-process/index.ts';

/** Where a queue is that processes open one after the other, or at once. */
export type Place =
  | { readonly driver: 'in-process'; readonly path: string }
  | { readonly driver: 'bullmq'; readonly url: string; readonly prefix: string };

/** Answers the queue, and the way to close it with all that it stands on. */
export async function openQueue(place: Place): Promise<{ queue: JobQueue; close(): Promise<void> }> {
  if (place.driver === 'bullmq') {
    const { url, prefix } = place;
    const queue = await bullmqQueue({ name: 'crash', url, prefix, stalledAfterMs: 1000 });
    return { queue, close: () => queue.close() };
  }
  const store = sqliteStore({ path: place.path, durability: 'process-death' });
  const queue = await inProcessQueue({ name: 'crash', store, ownerTtlMs: 2000, waitForOwnerMs: 30_000 });
  return {
    queue,
    async close() {
      await queue.close();
      await store.close();
    },
  };
}
