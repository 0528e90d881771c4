import { SessionConcurrentAccessError, SessionNotFoundError, sessionFaults } from '../../faults.ts';
import type { SessionManager, Appended as Written } from '../../manager/index.ts';
import type { Session, SessionEvent, SessionKey } from '../../session/index.ts';
import type {
  AdkSession,
  Event,
  GetSessionConfig,
  ListSessionsRequest,
  ListSessionsResponse,
} from '../adk-types.ts';
import type { Append, Appended, Backing, Read, Version } from '../backing.ts';
import type { AdkSessionsState } from '../sessions-state.ts';
import { copyOf } from '../stored-form.ts';
import { listManaged } from './list-managed.ts';

/** @internal ADK's sessions in our session manager. */
export class ManagedSessions implements Backing {
  readonly #manager: SessionManager;

  constructor(manager: SessionManager) {
    this.#manager = manager;
  }

  async create(key: SessionKey, state: AdkSession['state']): Promise<Read> {
    return readOf(await this.#manager.createSession({ ...key, state }));
  }

  async read(key: SessionKey, config: GetSessionConfig): Promise<Read | undefined> {
    try {
      return readOf(await this.#manager.getSession(key, config));
    } catch (error) {
      if (SessionNotFoundError.matches(error)) return undefined;
      throw error;
    }
  }

  async getOrCreate(key: SessionKey, state: AdkSession['state']): Promise<Read> {
    return readOf((await this.#manager.getOrCreateSession({ ...key, state })).session);
  }

  list(request: ListSessionsRequest): Promise<ListSessionsResponse> {
    return listManaged(this.#manager, request);
  }

  async delete(key: SessionKey): Promise<void> {
    await this.#manager.deleteSession(key);
  }

  async append(append: Append): Promise<Appended> {
    const { seen } = append;
    try {
      const expected = seen.version?.name ?? (await this.#versionOfCopy(append));
      const written = await this.#write(append, expected);
      // Repeated, it may be later than what the handle has seen.
      const isNext = !written.isRepeated || written.revision === (seen.version?.revision ?? -1) + 1;
      return { ...outcome(written), version: isNext ? versionOf(written) : undefined, missed: undefined };
    } catch (error) {
      if (!SessionConcurrentAccessError.matches(error)) throw error;
      return this.#appendStale(append, error);
    }
  }

  async state(): Promise<AdkSessionsState> {
    const { mode, fallback } = await this.#manager.getHealthStatus();
    const base = { sinceWallMs: fallback?.sinceWallMs ?? 0, damagedRecords: [] };
    if (mode === 'normal' || fallback === undefined) return { state: 'normal', ...base };
    const journalEntries = 'journalEntries' in fallback ? fallback.journalEntries : 0;
    const reason = ('reason' in fallback ? fallback.reason : undefined) ?? 'the session manager says so';
    const state = fallback.state === 'returning' ? 'returning' : 'away';
    return { state, ...base, reason, journalEntries };
  }

  /** The manager is the caller's. */
  async close(): Promise<void> {
    return undefined;
  }

  /** The session was changed since the handle was read, or this very event was appended and its answer was lost. */
  async #appendStale(append: Append, refusal: unknown): Promise<Appended> {
    const { key, event, seen, onStale } = append;
    for (let attempt = 1; ; attempt++) {
      const filter = onStale === 'reject' ? { numRecentEvents: REMEMBERED } : {};
      const now = await this.#manager.getSession(key, filter);
      const at = now.events.findLastIndex(({ id }) => id === event.id);
      if (at >= 0) {
        const isAllSeen = at === now.events.length - 1 && now.revision === (seen.version?.revision ?? -1) + 1;
        return {
          version: isAllSeen || onStale === 'rebase' ? versionOf(now) : undefined,
          lastUpdateTime: now.updatedWallMs,
          missed: onStale === 'rebase' ? adkSession(now) : undefined,
        };
      }
      if (onStale === 'reject') throw refusal;
      try {
        return { ...outcome(await this.#write(append, now.version)), missed: adkSession(now) };
      } catch (error) {
        if (!SessionConcurrentAccessError.matches(error) || attempt === MAX_REBASES) throw error;
      }
    }
  }

  #write({ key, event }: Append, expectedVersion: string): Promise<Written> {
    const stateDelta = event.actions?.stateDelta;
    const append = { event: event as unknown as SessionEvent, ...(stateDelta && { stateDelta }) };
    return this.#manager.appendEvent(key, append, { expectedVersion });
  }

  /** A handle that was not given out here is as new as what it holds. */
  async #versionOfCopy({ key, seen }: Append): Promise<string> {
    const now = await this.#manager.getSession(key, { numRecentEvents: 1 });
    const isNew = now.events.at(-1)?.id === seen.lastEventId && seen.lastUpdateTime >= now.updatedWallMs;
    if (isNew) return now.version;
    throw sessionFaults.SESSION_CONCURRENT_ACCESS({
      sessionId: key.sessionId,
      operation: 'appendEvent',
      actualVersion: now.version,
      reason: 'the handle is a copy, and does not end as the session does',
    });
  }
}

function readOf(session: Session): Read {
  return { session: adkSession(session), version: versionOf(session) };
}

function adkSession(session: Session): AdkSession {
  const { appName, userId, sessionId, state, events, updatedWallMs } = session;
  return {
    id: sessionId,
    appName,
    userId,
    state: copyOf(state),
    events: copyOf(events) as unknown as Event[],
    lastUpdateTime: updatedWallMs,
  };
}

function versionOf({ version, revision }: Pick<Written, 'version' | 'revision'>): Version {
  return { name: version, revision };
}

function outcome(written: Written): Pick<Appended, 'version' | 'lastUpdateTime'> {
  return { version: versionOf(written), lastUpdateTime: written.updatedWallMs };
}

/** Of so many events the manager knows whether they are repeated. */
const REMEMBERED = 256;
/** So often another change may come in between. */
const MAX_REBASES = 10;
