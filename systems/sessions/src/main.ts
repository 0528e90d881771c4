import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ChildSpec, Clock, Random, Signals } from '@sustain/kernel';
import { type ProcessLock, tryProcessLock } from '@sustain/kernel/node';
import type { HealthMonitor, ServiceHealthOptions } from '@sustain/ops/health';
import type { Server } from '@sustain/ops/server';
import type { Store } from '@sustain/stores';
import { postgresStore } from '@sustain/stores/postgres';
import { redisStore } from '@sustain/stores/redis';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { SessionsConfiguration } from './configuration.ts';
import { sessionFaults } from './faults.ts';
import { sessionHealthChecks } from './health.ts';
import { createSessionManager, type SessionManager } from './manager/index.ts';
import { SessionTokens, serveSessions } from './routes/index.ts';
import { sessionOperationFailed } from './signals.ts';

/** What the session service needs of the program that it is a part of. */
export interface SessionsHost {
  readonly server: Server;
  readonly health: HealthMonitor;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: {
    readonly sessions: SessionsConfiguration;
    /** Where sessions are: PostgreSQL, else Redis, else a file in the folder. */
    readonly stores: { readonly databaseUrl?: string | undefined; readonly redisUrl?: string | undefined };
    readonly health: { readonly service: Partial<Omit<ServiceHealthOptions, 'name' | 'clock' | 'signals'>> };
  };
}

/** The session service: what to supervise, and where it is. */
export interface Sessions {
  readonly child: ChildSpec;
  readonly manager: SessionManager;
  readonly page: string;
  /**
   * Lets go of stores and folder; stopping the child does it, too. For when that was never started: a manager keeps its
   * stores open, and with them the process, from when it was made. Harmless when repeated.
   */
  readonly close: () => Promise<void>;
}

/**
 * Makes the session service: adds its routes and health checks to the host. With a database it shares the sessions with
 * other instances, else it is the only one; its journal is in the folder, which is its own. Throws SESSIONS_FOLDER_IN_USE
 * when another process has the folder, and what the configuration is refused with; then the folder is nobody's.
 */
export function createSessions(host: SessionsHost): Sessions {
  const { server, health, signals, clock, random, config } = host;
  const { folder, redisDurability, tokenSecrets, ...settings } = config.sessions;
  checkSecrets(tokenSecrets, clock);
  // Stores open when they are first used: one that is not has nothing to close.
  const spare = sqliteStore({ name: 'sessions-journal', path: join(folder, 'journal.db'), clock, signals });
  const primary = primaryStore(host);
  const lock = ownFolder(folder);
  const manager = orRelease(lock, () =>
    createSessionManager({
      ...settings,
      ...{ primary, spare, clock, random, signals },
      shared: (config.stores.databaseUrl ?? config.stores.redisUrl) !== undefined,
      health: config.health.service,
    }),
  );
  serveSessions(server, { manager, tokenSecrets, clock });
  health.add('sessions', ...sessionHealthChecks(manager));

  let closing: Promise<void> | undefined;
  function close(): Promise<void> {
    // Each, in this order, also when one before cannot be closed.
    closing ??= manager
      .close()
      .finally(() => primary.close())
      .finally(() => spare.close())
      .finally(() => lock.release());
    return closing;
  }

  return {
    ...{ manager, page: '/sessions', close },
    child: {
      id: 'sessions',
      shutdownMs: SHUTDOWN_MS,
      start({ signal }) {
        const exited = new Promise<{ kind: 'finished' }>((done, failed) => {
          const end = () => void close().then(() => done({ kind: 'finished' }), failed);
          signal.addEventListener('abort', end, { once: true });
        });
        return { ready: opened(manager, signals), exited };
      },
    },
  };
}

/** A primary that is away at the start is no reason not to start: sessions are opened when it is back. */
async function opened(manager: SessionManager, signals: Signals): Promise<void> {
  try {
    await manager.open();
  } catch (error) {
    if (!sessionFaults.SESSION_SERVICE_UNAVAILABLE.matches(error)) throw error;
    signals.channel(sessionOperationFailed).emit({ operation: 'open', fault: error }, { source: 'sessions' });
  }
}

function primaryStore({ config, clock, signals }: SessionsHost): Store {
  const { databaseUrl, redisUrl } = config.stores;
  const { folder, redisDurability: durability } = config.sessions;
  const about = { name: 'sessions-primary', clock, signals };
  if (databaseUrl !== undefined) return postgresStore({ ...about, url: databaseUrl });
  if (redisUrl !== undefined) return redisStore({ ...about, url: redisUrl, durability });
  return sqliteStore({ ...about, path: join(folder, 'sessions.db') });
}

/** Two processes with one journal, or one file that each takes for its own, would contradict each other. */
function ownFolder(folder: string): ProcessLock {
  mkdirSync(folder, { recursive: true });
  const lock = tryProcessLock(join(folder, 'owner.lock'));
  if (lock === undefined) throw sessionFaults.SESSIONS_FOLDER_IN_USE({ folder: resolve(folder) });
  return lock;
}

function orRelease<T>(lock: ProcessLock, work: () => T): T {
  try {
    return work();
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Before anything is open that a refusal would leave behind. */
function checkSecrets(secrets: readonly string[], clock: Clock): void {
  if (secrets.length > 0) new SessionTokens({ secrets, clock });
}

/** Longer than the manager waits for its journal to be brought in. */
const SHUTDOWN_MS = 10_000;
