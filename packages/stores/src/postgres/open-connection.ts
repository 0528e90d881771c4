import type { Clock } from '@sustain/kernel';
import type pg from 'pg';
import type { Durability } from '../contract.ts';
import { migrate } from './migrate.ts';
import { ServerConnection } from './server-connection.ts';
import { complaintAbout, FACTS, type ServerFacts } from './server-facts.ts';

/** @internal */
export interface ConnectionSettings {
  readonly store: string;
  readonly url: string;
  readonly schema: string;
  readonly durability: Durability;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly clock: Clock;
  /** Gives up what is being opened. */
  readonly signal: AbortSignal;
}

/**
 * @internal A connection to a server that was found to be what the store needs, with a schema that is up to date.
 * Rejects with a fault that says why there is none, or with the error of `pg`; then nothing is left open.
 */
export async function openConnection(
  { Client }: typeof pg,
  settings: ConnectionSettings,
): Promise<ServerConnection> {
  const { store, url, schema, durability, connectTimeoutMs, commandTimeoutMs, clock, signal } = settings;
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: commandTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    fallback_application_name: 'sustain',
  });
  const connection = new ServerConnection(client, clock);
  const giveUp = () => connection.discard();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
    const complaint = complaintAbout(store, durability, await factsOf(connection, client));
    if (complaint !== undefined) throw complaint;
    await connection.rows(SETTINGS, [sessionSettings(commandTimeoutMs), durability === 'volatile']);
    await migrate(connection, store, schema);
    return connection;
  } catch (error) {
    connection.discard();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** @internal What each session is told, as JSON. Each statement here has one good plan, which is by an index. */
export function sessionSettings(commandTimeoutMs: number): string {
  return JSON.stringify({
    // It must see what was committed while it waited for its locks.
    default_transaction_isolation: 'read committed',
    // The server gives up before we do: then it is known that nothing happened.
    statement_timeout: String(Math.max(1, Math.floor(commandTimeoutMs * STATEMENT_SHARE))),
    // A plan that was made while the table was small would stay when it is large.
    enable_seqscan: 'off',
    enable_bitmapscan: 'off',
    plan_cache_mode: 'force_generic_plan',
    jit: 'off',
  });
}

/**
 * Where the server or the user's defaults make commits not wait for the log, the session does wait, unless the store is
 * to keep nothing: `on`, `local`, `remote_write` and `remote_apply` all wait for this server's disk at least.
 */
export const SETTINGS = {
  text: `select set_config(key, value, false) from json_each_text($1)
    union all select set_config('synchronous_commit', case when $2 then 'off' else 'on' end, false)
    where $2 or current_setting('synchronous_commit') = 'off'`,
};

/** Of the command's time: the rest is for waiting until there is a connection, and for the way. */
const STATEMENT_SHARE = 0.5;
/** Of silence, before the operating system asks whether the server is still there. */
const KEEP_ALIVE_MS = 10_000;

async function factsOf(connection: ServerConnection, client: pg.Client): Promise<ServerFacts> {
  const [row] = await connection.rows<[number, string, boolean, string, string, number]>({ text: FACTS });
  if (row === undefined) throw new Error('the server says nothing about itself');
  const [version, encoding, isStandby, fsync, fullPageWrites, processId] = row;
  // What a client is introduced to is not among the types of pg, but is what its own cancelling goes by.
  const { processID } = client as pg.Client & { readonly processID?: number };
  return { version, encoding, isStandby, fsync, fullPageWrites, processId, introducedProcessId: processID };
}
