import { ChangeBoard } from '../change-board.ts';
import type { JobQueue } from '../contract.ts';
import { jobChannels } from '../job-channels.ts';
import { type BullmqQueueOptions, settleBullmqOptions } from './bullmq-options.ts';
import { BullmqQueue } from './bullmq-queue.ts';
import { QueueConnections } from './queue-connections.ts';
import { QueueLink } from './queue-link.ts';
import { connectRedis, destroy, loadPeer } from './redis-client.ts';
import { checkServer } from './redis-server.ts';

/**
 * Opens a queue on Redis 6.2 or newer, by BullMQ: many processes may add to it and work at it. It is as durable as that
 * Redis writes its data to disk (`appendonly yes`; with `appendfsync everysec` a second may be lost with the machine).
 *
 * A job whose process dies is resumed after `stalledAfterMs` to twice that. While Redis is away operations reject, handlers
 * go on, and what they answer is kept when it returns, unless their jobs were given to others by then.
 *
 * Needs the packages `bullmq` and `redis`: rejects with DRIVER_MISSING without them, with STORE_UNAVAILABLE when Redis does
 * not answer, with SERVER_TOO_OLD, or with DURABILITY_NOT_GIVEN when Redis throws data away once its memory is full.
 * Throws a RangeError or TypeError when an option is out of range.
 */
export async function bullmqQueue<Data = unknown, Result = unknown, Progress = unknown>(
  options: BullmqQueueOptions,
): Promise<JobQueue<Data, Result, Progress>> {
  const settled = settleBullmqOptions(options);
  const { name, prefix, signals } = settled;
  const channels = jobChannels(signals);
  const disturbed = (doing: string) => (error: unknown) =>
    channels.disturbed.emit({ doing, error }, { source: name });
  const bullmq = await loadPeer(name, 'bullmq', () => import('bullmq'));
  const client = await connectRedis(settled, { queues: false, onError: disturbed('stay connected') });
  try {
    await checkServer(name, client);
    const bull = new bullmq.Queue(name, { connection: client as never, prefix });
    bull.on('error', disturbed('stay connected'));
    await bull.waitUntilReady();
    const link = new QueueLink(settled, bull, client);
    const changes = new ChangeBoard();
    const connections = new QueueConnections(link, bullmq, client, channels, changes);
    return new BullmqQueue(link, connections, channels, changes) as unknown as JobQueue<
      Data,
      Result,
      Progress
    >;
  } catch (error) {
    destroy(client);
    throw error;
  }
}
