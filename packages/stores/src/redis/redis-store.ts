import { noSignals, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions, TEXT } from '@sustain/kernel/options';
import type { Durability, Store } from '../contract.ts';
import { createStore } from '../create-store.ts';
import { checkServerOptions, type ServerOptions, serverAddress, serverPolicies } from '../server/index.ts';
import { RedisBackend } from './redis-backend.ts';
import { redisAddress } from './redis-client.ts';
import { RedisNames } from './redis-names.ts';

export interface RedisStoreOptions extends ServerOptions {
  /** `redis://user:password@host:port/database`; `rediss:` with TLS. */
  readonly url: string;
  /**
   * Whose store this is on the server: others with the same see the same. Its keys begin with it in braces, so that a
   * cluster keeps them on one node; so it has no braces itself. Default `sustain:`.
   */
  readonly keyPrefix?: string | undefined;
  /**
   * What acknowledged writes are to survive. It is verified on every connect, and without it every command rejects with
   * DURABILITY_NOT_GIVEN: `process-death` needs `appendonly yes` with `appendfsync always` or `no`; `power-loss` needs
   * `always`, and `no-appendfsync-on-rewrite no`; both that nothing is evicted (`maxmemory-policy noeviction`), and a
   * user who may `CONFIG GET`. `appendfsync everysec` gives neither: while an fsync takes long, Redis keeps acknowledged
   * writes in its own memory for up to 2 s, and they go with its process (`flushAppendOnlyFile` in its aof.c). What is
   * changed at run time is noticed on the next connect, and a failover to a replica may lose what it had not received.
   * Default `volatile`, which asks for nothing.
   */
  readonly durability?: Durability | undefined;
  /** For how long an operation id is remembered. Whole milliseconds, 1 or more. Default a day. */
  readonly operationTtlMs?: number | undefined;
}

/**
 * A store on a Redis server, 6.2 or newer, through the package `redis`, which is loaded and connects on first use, and
 * again, for ever, whenever the connection is lost. Revisions go on after the time of the server: they grow also when
 * it has lost data, as long as its clock does not go back. A server that is made a replica is left with the first write
 * that it refuses, and within `commandTimeoutMs` where nobody writes; reads before that may be old. Throws a RangeError or
 * TypeError when an option is out of range; it tells no credentials.
 */
export function redisStore(options: RedisStoreOptions): Store {
  const { name = 'redis', keyPrefix = 'sustain:', durability = 'volatile' } = options;
  const { operationTtlMs = DAY_MS, clock = systemClock, signals = noSignals } = options;
  const settled = checkServerOptions(options);
  checkOptions('redis store', {
    name: [name, TEXT],
    keyPrefix: [keyPrefix, TEXT],
    durability: [durability, ['volatile', 'process-death', 'power-loss']],
    operationTtlMs: [operationTtlMs, COUNT],
  });
  if (/[{}]/.test(keyPrefix)) {
    throw new RangeError(`keyPrefix of the redis store must have no braces; got ${keyPrefix}`);
  }
  const backend = new RedisBackend({
    store: name,
    address: redisAddress(name, serverAddress(name, options.url, ['redis:', 'rediss:'])),
    settled,
    clock,
    signals,
    names: new RedisNames(keyPrefix),
    durability,
    operationTtlMs,
  });
  return createStore(backend, { ...options, name }, serverPolicies(name, settled));
}

const DAY_MS = 86_400_000;
