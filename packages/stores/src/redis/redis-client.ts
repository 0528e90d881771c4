import type { ServerAddress, SettledServerOptions } from '../server/index.ts';
import { loadDriver } from '../server/index.ts';

/** @internal What the driver uses of a client of node-redis. */
export interface RedisClient {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  sendCommand(args: readonly RedisArgument[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  /** Resolves when what is in flight has been answered; never, when the connection breaks meanwhile. */
  close(): Promise<void>;
  /** Rejects what is in flight. Harmless when repeated. */
  destroy(): void;
}

/** @internal */
export type RedisArgument = string | Buffer;

/** @internal Where the server is and who asks, as node-redis takes it. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** For faults and signals: without credentials. */
  readonly shown: string;
}

/** @internal Throws a TypeError that does not repeat the address, as there may be a password in it. */
export function redisAddress(store: string, { url, shown }: ServerAddress): RedisAddress {
  const database = /^\/?$/.test(url.pathname) ? 0 : Number(url.pathname.slice(1));
  if (!Number.isInteger(database) || database < 0 || url.hostname === '') {
    throw new TypeError(
      `url of the store ${store} must name a host, and a database by number: redis://host:6379/0`,
    );
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    database,
    username: decoded(store, url.username),
    password: decoded(store, url.password),
    shown,
  };
}

/**
 * @internal A client for one connection: it neither reconnects nor queues, which is the link's part. Rejects with
 * DRIVER_MISSING. `cut` ends its socket, also while that is still connecting.
 */
export async function createRedisClient(
  store: string,
  address: RedisAddress,
  { connectTimeoutMs, maxInFlight }: SettledServerOptions,
  cut: AbortSignal,
): Promise<RedisClient> {
  const { createClient } = await loadDriver(store, 'redis', () => import('redis'));
  const { host, port, tls, database, username, password } = address;
  const socket = { host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false, signal: cut };
  return createClient({
    socket: (tls ? { ...socket, tls } : socket) as { host: string },
    database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    disableOfflineQueue: true,
    // Twice, as those whose callers no longer wait are still in the queue; and what the link itself asks.
    commandsQueueMaxLength: 2 * maxInFlight + 16,
    // Or every command gets a timer of its own, besides that of the store's policies.
    commandOptions: { timeout: 0 },
    // It would take permissions and commands of newer servers.
    disableClientInfo: true,
    // Or the socket is exchanged for one to another server, which nobody has verified.
    maintNotifications: 'disabled',
  }) as RedisClient;
}

function decoded(store: string, text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      `url of the store ${store} has a % in user or password that begins no %XX: write it as %25`,
    );
  }
}
