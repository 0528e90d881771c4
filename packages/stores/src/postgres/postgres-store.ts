import { noSignals, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions } from '@sustain/kernel/options';
import type { Durability, Store } from '../contract.ts';
import { createStore } from '../create-store.ts';
import { checkServerOptions, type ServerOptions, serverAddress, serverPolicies } from '../server/index.ts';
import { storeAvailability } from '../store-signals.ts';
import { PostgresBackend } from './postgres-backend.ts';

export interface PostgresOptions extends ServerOptions {
  /**
   * In which tables, functions and a sequence are kept, made at the first start: stores with the same one share their
   * state. A small letter, then small letters, digits and underscores, 48 at most. Default `sustain`.
   */
  readonly schema?: string | undefined;
  /**
   * What acknowledged writes must survive. Each new connection looks whether the server gives it, and commands fail with
   * DURABILITY_NOT_GIVEN where it does not:
   *
   * - `power-loss` (default): the server has `fsync` and `full_page_writes` on;
   * - `process-death`: whatever it has;
   * - `volatile`: commits do not wait for the log (`synchronous_commit = off`), so that the last ones are lost when the
   *   server crashes, and revisions may then be given again.
   *
   * For the first two a session whose default is `synchronous_commit = off` is set to `on`.
   */
  readonly durability?: Durability | undefined;
  /** At once, at most; while something is watched there is one more. A whole number, 1 or more. Default 10. */
  readonly connections?: number | undefined;
  /** How long an operation id is remembered. A whole number, 1 or more. Default a day. */
  readonly operationTtlMs?: number | undefined;
}

/**
 * A store in a PostgreSQL of 13 or newer, for many machines; it needs the package `pg`. It is there at once, also while
 * the server is away: the first command connects, makes or upgrades the schema, for which its user needs CREATE on the
 * database, or on a schema that is already there, and looks whether the server gives what was asked. Throws a RangeError
 * or TypeError when an option is out of range.
 *
 * - Commands are linearizable on the primary. A standby is refused, and so is a pooler like PgBouncer in between: there
 *   sessions do not keep their settings, prepared statements and LISTEN.
 * - A failover to a standby that had not received what was acknowledged loses it, and its revisions are given again: use
 *   synchronous replication where that matters.
 * - Times to live are on the server's clock. What was deleted or has expired is removed ten minutes later.
 * - A change is told to watches 2 to 20 ms after it was committed, and up to a second later when the process that made
 *   it died just then.
 * - A command waits for a connection for 0.4 of `commandTimeoutMs` at most, and the server gives up on it after 0.5 more:
 *   so that it ends in time, and has certainly not happened. Only a commit that waits for the disk, or an answer that is
 *   lost, leaves a write unknown.
 * - While the first connection is being made, and the schema perhaps, commands wait for 0.8: a write that the server then
 *   does not answer within the last 0.2 is unknown, too.
 */
export function postgresStore(options: PostgresOptions): Store {
  const settled = checkServerOptions(options);
  const { schema = 'sustain', durability = 'power-loss' } = options;
  const { connections = 10, operationTtlMs = DAY_MS, name = 'postgres' } = options;
  const { clock = systemClock, signals = noSignals } = options;
  checkOptions('store', {
    durability: [durability, DURABILITIES],
    connections: [connections, COUNT],
    operationTtlMs: [operationTtlMs, COUNT],
  });
  checkSchema(schema);
  const { shown } = serverAddress(name, options.url, ['postgres:', 'postgresql:']);
  const availability = signals.channel(storeAvailability);
  const backend = new PostgresBackend({
    ...settled,
    store: name,
    url: options.url,
    schema,
    durability,
    connections,
    operationTtlMs,
    clock,
    onAvailability: (unavailable) =>
      availability.emit(
        unavailable === undefined
          ? { state: 'available', reason: `${shown} answers again` }
          : { state: 'unavailable', reason: unavailable },
        { source: name },
      ),
  });
  return createStore(backend, { ...options, name }, serverPolicies(name, settled));
}

const DURABILITIES: readonly Durability[] = ['power-loss', 'process-death', 'volatile'];
const DAY_MS = 86_400_000;

/** It becomes part of statements. */
function checkSchema(schema: unknown): void {
  if (typeof schema !== 'string')
    throw new TypeError(`schema of the store must be a text; got ${typeof schema}`);
  if (/^[a-z][a-z0-9_]{0,47}$/.test(schema) && !schema.startsWith('pg_')) return;
  throw new RangeError(
    `schema of the store must be a small letter, then small letters, digits and underscores, 48 at most, and not begin with pg_; got ${schema}`,
  );
}
