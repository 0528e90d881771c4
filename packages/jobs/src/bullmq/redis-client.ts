import type { Clock, Random } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores/contract';
import type { SettledBullmqOptions } from './bullmq-options.ts';
import { safe } from './command-fault.ts';

/** @internal What is used of a client of node-redis. */
export interface RedisClient {
  readonly isReady: boolean;
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  /** Rejects what is in flight. Throws when it is closed. */
  destroy(): void;
}

/**
 * @internal A client that reconnects for ever, with jitter. Rejects with DRIVER_MISSING, or STORE_UNAVAILABLE when it does
 * not connect in time.
 *
 * `queues`: while there is no connection its commands wait, up to `maxInFlight` of them, as those of BullMQ's workers
 * must, whose loop would spin else. Without it they are refused at once.
 */
export async function connectRedis(
  options: SettledBullmqOptions,
  { queues, onError }: { readonly queues: boolean; readonly onError: (error: unknown) => void },
): Promise<RedisClient> {
  const { address, connectTimeoutMs, maxReconnectMs, maxInFlight, random, clock, name: store } = options;
  const { createClient } = await loadPeer(store, 'redis', () => import('redis'));
  const client = createClient({
    url: address.url,
    socket: {
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (retries: number) => reconnectDelayMs(retries + 1, maxReconnectMs, random),
    },
    disableOfflineQueue: !queues,
    commandsQueueMaxLength: 2 * maxInFlight + 16,
    // What BullMQ's adapter is written for.
    RESP: 2,
    // Or every command gets a timer of its own, besides that of the policies.
    commandOptions: { timeout: 0 },
    // Or the socket is exchanged for one to another server, which nobody has verified.
    maintNotifications: 'disabled',
  }) as unknown as RedisClient;
  let last: unknown;
  client.on('error', (error) => {
    last = error;
    onError(error);
  });
  if (await isConnected(client, connectTimeoutMs, clock)) return client;
  destroy(client);
  const { message = `no connection within ${connectTimeoutMs} ms` } = (last ?? {}) as Partial<Error>;
  const reason = `${address.shown}: ${safe(message, address.secrets)}`;
  throw storeFaults.STORE_UNAVAILABLE({ store, reason });
}

/** @internal Harmless when repeated. */
export function destroy(client: RedisClient): void {
  if (client.isOpen) client.destroy();
}

/** @internal Loads an optional peer. Rejects with DRIVER_MISSING. */
export async function loadPeer<Driver>(
  store: string,
  driver: string,
  load: () => Promise<Driver>,
): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw storeFaults.DRIVER_MISSING({ store, driver }, { cause: error });
  }
}

/** @internal Half of it is fixed, half is jitter: clients of a server that returns do not come all at once. */
export function reconnectDelayMs(attempt: number, maxMs: number, random: Random): number {
  const fullMs = Math.min(50 * 2 ** Math.min(attempt - 1, 30), maxMs);
  return Math.ceil(fullMs / 2 + (random.next() * fullMs) / 2);
}

async function isConnected(client: RedisClient, withinMs: number, clock: Clock): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = clock.schedule(withinMs, () => late.resolve(false));
  const connecting = client.connect().then(
    () => true,
    () => false,
  );
  const isThere = await Promise.race([connecting, late.promise]);
  timer.cancel();
  return isThere;
}
