import { Fault } from '@sustain/kernel';
import type pg from 'pg';
import type { Backend, Stored, Subscriber, Write, Written } from '../backend.ts';
import type { Durability, Revision } from '../contract.ts';
import { loadDriver, type SettledServerOptions } from '../server/index.ts';
import { ChangeListener } from './change-listener.ts';
import { ChangeNotifier } from './change-notifier.ts';
import { ConnectionPool } from './connection-pool.ts';
import { type ConnectionSettings, openConnection } from './open-connection.ts';
import { prefixEnd } from './prefix-end.ts';
import type { ServerConnection } from './server-connection.ts';
import { serverError } from './server-error.ts';
import { statementFault, unavailable } from './server-faults.ts';
import { channel, type Statement, type Statements, statements } from './statements.ts';
import { Sweeper } from './sweeper.ts';

/** @internal */
export interface BackendSettings
  extends Omit<ConnectionSettings, 'signal'>,
    Pick<SettledServerOptions, 'maxInFlight' | 'maxReconnectMs' | 'random'> {
  readonly connections: number;
  readonly operationTtlMs: number;
  readonly onAvailability: (unavailable: string | undefined) => void;
}

/** @internal One statement a command, so one round trip and one transaction. It connects when it is first asked. */
export class PostgresBackend implements Backend {
  readonly name: string;
  readonly durability: Durability;
  /** What waits for a connection waits not long. */
  readonly ignoresSignals = true;
  readonly #operationTtlMs: number;
  readonly #statements: Statements;
  readonly #pool: ConnectionPool;
  readonly #listener: ChangeListener;
  readonly #notifier: ChangeNotifier;
  readonly #sweeper: Sweeper;
  readonly #closing = new AbortController();
  #driver: Promise<typeof pg> | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: BackendSettings) {
    const { store, schema, clock, random, maxReconnectMs, connections } = settings;
    this.name = store;
    this.durability = settings.durability;
    this.#operationTtlMs = settings.operationTtlMs;
    this.#statements = statements(schema);
    const open = () => this.#open({ ...settings, signal: this.#closing.signal });
    this.#pool = new ConnectionPool({
      store,
      connections,
      maxWaitMs: settings.commandTimeoutMs * WAIT_SHARE,
      maxFirstWaitMs: settings.commandTimeoutMs * FIRST_WAIT_SHARE,
      maxWaiting: settings.maxInFlight,
      maxReconnectMs,
      clock,
      random,
      open,
      onAvailability: (reason) => {
        if (reason === undefined) this.#listener.serverReturned();
        settings.onAvailability(reason);
      },
    });
    const { look, notify } = this.#statements;
    this.#listener = new ChangeListener({
      clock,
      random,
      maxReconnectMs,
      look,
      channel: channel(schema),
      open,
    });
    this.#notifier = new ChangeNotifier(clock, () => this.#pool.use((connection) => connection.rows(notify)));
    this.#sweeper = new Sweeper(clock, random, () => this.sweep());
  }

  async get(key: string): Promise<Stored | undefined> {
    const [row] = await this.#ask<[string, string]>(this.#statements.get, [key]);
    return row && { key, text: row[0], revision: Number(row[1]) };
  }

  async write(write: Write): Promise<Written> {
    const { key, text, expected, ttlMs, operationId, guard } = write;
    const operationTtlMs = operationId === undefined ? undefined : this.#operationTtlMs;
    const values = [key, text, expected, ttlMs, operationId, operationTtlMs, guard?.key, guard?.revision];
    const rows = await this.#ask<WrittenRow>(this.#statements.write, values, key);
    const written = writtenIn(key, rows[0] as WrittenRow);
    if (written.outcome === 'written') this.#notifier.changed();
    return written;
  }

  async touch(key: string, revision: Revision, ttlMs: number): Promise<boolean> {
    const { touch } = this.#statements;
    const [row] = await this.#ask<[boolean]>(touch, [key, revision, ttlMs], key);
    return row?.[0] === true;
  }

  async list(prefix: string, after: string | undefined, limit: number): Promise<readonly Stored[]> {
    const end = prefixEnd(prefix);
    const { list, listUntil } = this.#statements;
    const values = [prefix, after ?? '', limit];
    const rows =
      end === undefined
        ? await this.#ask<ListedRow>(list, values)
        : await this.#ask<ListedRow>(listUntil, [...values, end]);
    return rows.map(([key, text, revision, ttlMs]) => ({
      key,
      text,
      revision: Number(revision),
      ttlMs: ttlMs ?? undefined,
    }));
  }

  async subscribe(subscriber: Subscriber): Promise<() => void> {
    try {
      return await this.#listener.subscribe(subscriber);
    } catch (error) {
      throw unavailable(this.name, error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Removes some of what nobody needs any more. Whether there may be more. */
  async sweep(): Promise<boolean> {
    const { sweepEntries, sweepOperations } = this.#statements;
    return this.#pool.use(async (connection) => {
      const entries = await connection.rows(sweepEntries, [SWEPT_AT_ONCE]);
      const operations = await connection.rows(sweepOperations, [SWEPT_AT_ONCE]);
      return entries.length >= SWEPT_AT_ONCE || operations.length >= SWEPT_AT_ONCE;
    });
  }

  async #close(): Promise<void> {
    this.#sweeper.close();
    await this.#notifier.close();
    this.#closing.abort();
    await Promise.all([this.#listener.close(), this.#pool.close()]);
  }

  async #open(settings: ConnectionSettings): Promise<ServerConnection> {
    this.#driver ??= loadDriver(this.name, 'pg', async () => (await import('pg')).default);
    const connection = await openConnection(await this.#driver, settings);
    this.#sweeper.start();
    return connection;
  }

  /** Repeats what has certainly not happened, or was to change nothing, where that is worth it. */
  async #ask<Row extends readonly unknown[]>(
    statement: Statement,
    values: readonly unknown[],
    writtenKey?: string,
  ): Promise<readonly Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#pool.use((connection) => connection.rows<Row>(statement, values));
      } catch (error) {
        if (!isWorthRepeating(error, attempt, writtenKey === undefined)) {
          throw statementFault(this.name, error, writtenKey);
        }
      }
    }
  }
}

/** After a conflict with others, some times; after an idle connection has turned out to be dead or stale, once. */
function isWorthRepeating(error: unknown, attempt: number, isRead: boolean): boolean {
  if (error instanceof Fault) return false;
  const { happened, isPassing, endsConnection } = serverError(error);
  if (isPassing) return attempt <= MOST_CONFLICTS;
  return endsConnection && attempt === 1 && (isRead || happened === 'no');
}

/** With the half that the server gives a statement, it ends before the command does. */
const WAIT_SHARE = 0.4;
/** While there is no connection yet: a command that is sent so late ends with its own time. */
const FIRST_WAIT_SHARE = 0.8;
const SWEPT_AT_ONCE = 1000;
const MOST_CONFLICTS = 5;

type WrittenRow = readonly [outcome: Written['outcome'], revision: string | null, stored: string | null];
type ListedRow = readonly [key: string, text: string, revision: string, ttlMs: number | null];

function writtenIn(key: string, [outcome, revision, stored]: WrittenRow): Written {
  switch (outcome) {
    case 'written':
      return { outcome, revision: Number(revision) };
    case 'conflict':
      return {
        outcome,
        stored: stored === null ? undefined : { key, text: stored, revision: Number(revision) },
      };
    default:
      return { outcome };
  }
}
