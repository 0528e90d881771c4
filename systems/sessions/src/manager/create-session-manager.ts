import type { Clock } from '@sustain/kernel';
import { ServiceHealth } from '@sustain/ops/health';
import { checkSessionKey } from '../checks/index.ts';
import { CLEANUP_CURSOR } from '../layout/index.ts';
import type { Session, SessionKey } from '../session/index.ts';
import { sessionsCleaned } from '../signals.ts';
import { type Asked, Attempts } from './attempts.ts';
import { checkCleanup, checkGet, checkSignal, checkWrite } from './call-options.ts';
import { Clearing } from './clearing.ts';
import {
  type SessionManagerOptions,
  type SettledManagerOptions,
  settleManagerOptions,
} from './manager-options.ts';
import { ManagerParts } from './manager-parts.ts';
import { ServiceLife } from './service-life.ts';
import { type ForcedHealthCheck, healthOf, type SessionHealthStatus } from './session-health.ts';
import { checkList, type ListingOptions, listPage } from './session-listing.ts';
import type {
  AppendEvent,
  Appended,
  CallOptions,
  CleanupOptions,
  CleanupReport,
  CreatedSession,
  CreateSession,
  GetOptions,
  ListSessions,
  SessionManager,
  SessionPage,
  StateChange,
  WriteOptions,
  Written,
} from './session-manager.ts';
import type { Deletion, NewChange, NewSession } from './session-requests.ts';
import { tryOperations } from './try-operations.ts';

/**
 * The session manager on these stores. Throws a RangeError or TypeError when an option is out of range, SPARE_TOO_WEAK
 * for a spare that is volatile.
 */
export function createSessionManager(options: SessionManagerOptions): SessionManager {
  return new StoredSessions(settleManagerOptions(options));
}

class StoredSessions implements SessionManager {
  readonly instance: string;
  readonly #settings: SettledManagerOptions;
  readonly #clock: Clock;
  readonly #parts: ManagerParts;
  readonly #health: ServiceHealth;
  readonly #attempts: Attempts;
  readonly #clearing: Clearing;
  readonly #life: ServiceLife;

  constructor(settings: SettledManagerOptions) {
    const { instance, clock, signals } = settings;
    this.instance = instance;
    this.#settings = settings;
    this.#clock = clock;
    const parts = new ManagerParts(settings);
    this.#parts = parts;
    this.#health = new ServiceHealth({ ...settings.health, name: 'sessions', clock, signals });
    this.#attempts = new Attempts(settings, this.#health, () => this.#life.ready());
    this.#clearing = new Clearing({ ...settings, parts, clean: () => this.cleanupExpiredSessions() });
    this.#life = new ServiceLife({
      ...{ parts, clock },
      onOpen: () => this.#clearing.start(),
      idle: () => this.#idle(),
    });
  }

  async createSession(request: CreateSession, options: CallOptions = {}): Promise<CreatedSession> {
    const operation = 'createSession';
    const created = this.#parts.requests.create(operation, request);
    const signal = checkSignal(operation, options);
    return this.#do(creationOf(operation, created, signal), () =>
      this.#parts.operations.create(operation, created, { signal }),
    );
  }

  async getSession(given: SessionKey, options: GetOptions = {}): Promise<Session> {
    const operation = 'getSession';
    const key = checkSessionKey(operation, given);
    checkGet(operation, options);
    if (this.#life.isOpen) {
      options.signal?.throwIfAborted();
      const startMs = this.#clock.monotonicMs();
      const known = this.#parts.operations.known(key, options);
      if (known !== undefined) {
        this.#health.record('success', this.#clock.monotonicMs() - startMs);
        return known;
      }
    }
    const { sessionId } = key;
    const { signal } = options;
    return this.#do({ operation, sessionId, signal }, () =>
      this.#parts.operations.get(operation, key, options),
    );
  }

  async getOrCreateSession(
    request: CreateSession,
    options: GetOptions = {},
  ): Promise<{ readonly session: Session; readonly isNew: boolean }> {
    const operation = 'getOrCreateSession';
    const created = this.#parts.requests.create(operation, request);
    checkGet(operation, options);
    return this.#do(creationOf(operation, created, options.signal), () =>
      this.#parts.operations.getOrCreate(operation, created, options),
    );
  }

  async updateSessionState(
    key: SessionKey,
    change: StateChange,
    options: WriteOptions = {},
  ): Promise<Written> {
    const checked = this.#parts.requests.stateChange(key, change);
    checkWrite(checked.operation, options);
    const { event: _none, ...written } = await this.#change(checked, options);
    return written;
  }

  async appendEvent(key: SessionKey, append: AppendEvent, options: WriteOptions = {}): Promise<Appended> {
    const checked = this.#parts.requests.append(key, append);
    checkWrite(checked.operation, options);
    return this.#change(checked, options);
  }

  async deleteSession(given: SessionKey, options: WriteOptions = {}): Promise<boolean> {
    const operation = 'deleteSession';
    const key = checkSessionKey(operation, given);
    checkWrite(operation, options);
    const deletion: Deletion = { key, sent: undefined };
    const mayBeDone = () => deletion.sent !== undefined;
    const about = { operation, sessionId: key.sessionId, signal: options.signal, mayBeDone };
    const deleted = await this.#do(about, () => this.#parts.deletion.delete(deletion, options));
    if (deleted !== undefined) this.#clearing.deleted(deleted.incarnation);
    return deleted !== undefined;
  }

  async listSessions(request: ListSessions, options: CallOptions = {}): Promise<SessionPage> {
    const operation = 'listSessions';
    checkList(request);
    const signal = checkSignal(operation, options);
    const listing: ListingOptions = {
      store: this.#parts.store,
      expiry: (head, until) => this.#parts.deletion.expiry(operation, head, until),
      onExpired: (key) => this.#clearing.expired(key),
    };
    return this.#do({ operation, sessionId: undefined, signal }, () => listPage(request, listing, signal));
  }

  async cleanupExpiredSessions(options: CleanupOptions = {}): Promise<CleanupReport> {
    const operation = 'cleanupExpiredSessions';
    checkCleanup(operation, options);
    const { signal } = options;
    const report = await this.#do({ operation, sessionId: undefined, signal }, () =>
      this.#parts.cleaner.clean(options),
    );
    const { looked, deleted, failed, recordsCleared } = report;
    const told = this.#settings.signals.channel(sessionsCleaned);
    if (!report.isElsewhere) told.emit({ looked, deleted, failed: failed.length, recordsCleared }, ORIGIN);
    return report;
  }

  async getHealthStatus(): Promise<SessionHealthStatus> {
    await this.#look();
    return healthOf(this.#health, {
      instance: this.instance,
      fallback: this.#parts.fallback?.state(),
      sessionsInMemory: this.#parts.memory.size,
    });
  }

  async forceHealthCheck({ signal }: CallOptions = {}): Promise<ForcedHealthCheck> {
    const steps = await tryOperations(this, this.#clock, signal);
    return { healthy: steps.every(({ ok }) => ok), steps, status: await this.getHealthStatus() };
  }

  open(): Promise<void> {
    return this.#life.open();
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  #change(change: NewChange, options: WriteOptions): Promise<Appended> {
    const { operation, key, sentTo } = change;
    const mayBeDone = () => sentTo.length > 0;
    const about = { operation, sessionId: key.sessionId, signal: options.signal, mayBeDone };
    return this.#do(about, () => this.#parts.operations.change(change, options));
  }

  /** Throws SESSIONS_CLOSED. */
  #do<T>(about: Asked, work: () => Promise<T>): Promise<T> {
    this.#life.throwIfClosed(about.operation);
    return this.#attempts.run(about, work);
  }

  /** A read, by which the fallback notices that the primary is away also when nobody asks for anything. */
  async #look(): Promise<void> {
    const state = this.#parts.fallback?.state().state;
    const isToAsk = state === 'primary' || state === 'opening';
    if (isToAsk && !this.#life.isClosed) await this.#parts.store.get(CLEANUP_CURSOR).catch(() => undefined);
  }

  async #idle(): Promise<void> {
    this.#clearing.stop();
    await this.#attempts.idle();
    await this.#parts.turns.idle();
    await this.#clearing.close();
  }
}

function creationOf(operation: string, { key, sent }: NewSession, signal: AbortSignal | undefined): Asked {
  return { operation, sessionId: key.sessionId, signal, mayBeDone: () => sent.length > 0 };
}

const ORIGIN = { source: 'sessions' } as const;
