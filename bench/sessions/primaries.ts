import { join } from 'node:path';
import { postgresServer, redisServer } from '@sustain/drills';
import type { Store } from '@sustain/stores';
import { postgresStore } from '@sustain/stores/postgres';
import { redisStore } from '@sustain/stores/redis';
import { sqliteStore } from '@sustain/stores/sqlite';

export type PrimaryName = 'sqlite' | 'redis' | 'postgres';

/** A place for stores, each of a name of its own: a folder, or a server of ours. */
export interface Place {
  open(name: string): Store;
  /** Of the server; undefined of a folder. */
  readonly url: string | undefined;
}

/** Gives `work` a place where what is acknowledged is as durable as it is by default, and takes it away again. */
export async function atPlace<T>(
  primary: PrimaryName,
  folder: string,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  if (primary === 'sqlite') {
    return work({ open: (name) => sqliteStore({ path: join(folder, `${name}.db`) }), url: undefined });
  }
  await using server = primary === 'redis' ? redisServer() : postgresServer();
  await server.start();
  const { url } = server;
  return await work({ open: (name) => OPENINGS[primary](url, name), url });
}

const OPENINGS = {
  redis: (url: string, name: string): Store =>
    redisStore({ url, keyPrefix: `${name}:`, commandTimeoutMs: PATIENCE_MS }),
  postgres: (url: string, schema: string): Store =>
    postgresStore({ url, schema, connections: CONNECTIONS, commandTimeoutMs: PATIENCE_MS }),
};

const CONNECTIONS = 10;
/** A disk may be busy for a second: what is measured is the usual. */
export const PATIENCE_MS = 10_000;
