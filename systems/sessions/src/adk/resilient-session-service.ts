import { keyLock } from '@sustain/kernel';
import { checkOptions } from '@sustain/kernel/options';
import { sessionFaults } from '../faults.ts';
import type { SessionKey } from '../session/index.ts';
import type {
  AdkSession,
  CreateSessionRequest,
  DeleteSessionRequest,
  Event,
  GetSessionRequest,
  ListSessionsRequest,
  ListSessionsResponse,
} from './adk-types.ts';
import type { Backing, Read, StaleRule } from './backing.ts';
import { catchUp, Handles } from './handles.ts';
import { BaseSessionService } from './load-adk.ts';
import { lockNames } from './lock-names.ts';
import { newSessionId } from './new-session-id.ts';
import { ManagedSessions } from './over-manager/index.ts';
import { type ConflictPage, type ConflictsOptions, GuardedSessions } from './over-service/index.ts';
import { checkFilter, checkList, checkNames } from './requests.ts';
import type { ResilientSessionOptions } from './resilient-options.ts';
import type { AdkSessionsState } from './sessions-state.ts';
import { storedEvent, storedState } from './stored-form.ts';

/**
 * A session service for ADK's Runner that loses no acknowledged event: over our session manager, or over any of ADK's own
 * services, with retries, timeouts, a lock for each session, typed faults and, with a spare, a fallback that journals.
 *
 * - `createSession` rejects with SESSION_ALREADY_EXISTS when there is one of this id, and changes nothing.
 * - `getOrCreateSession`: several at once with one id get the same session.
 * - `appendEvent` stores an event once, however often it is sent, and changes the caller's session and event only when it is
 *   stored. Events through one handle are stored in the order of the calls, also when they come at once. A handle that somebody
 *   else's change has made stale is refused with SESSION_CONCURRENT_ACCESS, or brought up to date (`onStale`). After a
 *   deletion the answer is SESSION_NOT_FOUND. Partial events are answered, and not stored.
 * - `deleteSession` is harmless when there is none.
 * - `getSession`: `numRecentEvents: 0` is none, `afterTimestamp` is that time or later.
 * - `listSessions` gives neither events nor states, as ADK says. Over the manager it reads each session of the page for its
 *   `lastUpdateTime`, and with `order` each one.
 *
 * Over a service of ADK, with a spare, known sessions go on while the service is away: writes are acknowledged when they are in
 * the journal, sessions are created, and what is not known is SESSION_SERVICE_UNAVAILABLE, never "not there". When it is back the
 * journal is brought in, each session in order and each write once, by its id. What others have done to a session meanwhile stays,
 * what was acknowledged here is in `conflicts()`, and both is told; with `rebase` ours comes after theirs, and that is told.
 *
 * State names that begin with `app:` and `user:` are shared as in ADK. `temp:` is never stored, and stays in the caller's
 * session. All methods reject with one of `sessionFaults`. Throws a RangeError or TypeError when an option is out of range,
 * and SPARE_TOO_WEAK.
 */
export class ResilientSessionService extends BaseSessionService {
  readonly #backing: Backing & Partial<Pick<GuardedSessions, 'conflicts' | 'removeConflict'>>;
  readonly #onStale: StaleRule;
  readonly #lock = keyLock();
  readonly #handles = new Handles();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: ResilientSessionOptions) {
    super();
    const { onStale = 'reject' } = options;
    checkOptions('resilient session service', { onStale: [onStale, ['reject', 'rebase']] });
    this.#onStale = onStale;
    this.#backing =
      options.manager !== undefined
        ? new ManagedSessions(options.manager)
        : new GuardedSessions(options, this.#lock);
  }

  override createSession(request: CreateSessionRequest): Promise<AdkSession> {
    return this.#make('createSession', request, (...given) => this.#backing.create(...given));
  }

  override getOrCreateSession(request: CreateSessionRequest): Promise<AdkSession> {
    return this.#make('getOrCreateSession', request, (...given) => this.#backing.getOrCreate(...given));
  }

  override async getSession({ config = {}, ...key }: GetSessionRequest): Promise<AdkSession | undefined> {
    const operation = 'getSession';
    checkNames(operation, key);
    checkFilter(operation, config);
    return this.#begin(operation, async () => {
      const read = await this.#lock.run(lockNames(key)[0] as string, () => this.#backing.read(key, config));
      return read && this.#given(read);
    });
  }

  override async listSessions(request: ListSessionsRequest): Promise<ListSessionsResponse> {
    checkList(request);
    return this.#begin('listSessions', () => this.#backing.list(request));
  }

  override async deleteSession({ appName, userId, sessionId }: DeleteSessionRequest): Promise<void> {
    const key = { appName, userId, sessionId };
    checkNames('deleteSession', key);
    await this.#begin('deleteSession', () =>
      this.#lock.run(lockNames(key)[0] as string, () => this.#backing.delete(key)),
    );
  }

  override async appendEvent({ session, event }: { session: AdkSession; event: Event }): Promise<Event> {
    if (event.partial) return event;
    const stored = storedEvent(event);
    const key = { appName: session.appName, userId: session.userId, sessionId: session.id };
    checkNames('appendEvent', key);
    return this.#begin('appendEvent', async () => {
      const release = await this.#lock.acquireAll(lockNames(key, stored.actions?.stateDelta));
      try {
        const seen = this.#handles.seen(session, stored.id);
        const done = await this.#backing.append({ key, event: stored, seen, onStale: this.#onStale });
        if (done.missed !== undefined) catchUp(session, done.missed);
        // Changes the session at once: it is one step for whoever looks.
        const changed = super.appendEvent({ session, event });
        session.lastUpdateTime = done.lastUpdateTime;
        if (done.version !== undefined) this.#handles.given(session, done.version);
        return await changed;
      } finally {
        release();
      }
    });
  }

  /** How it is doing: whether sessions are where they belong, or in a journal, and why. */
  state(): Promise<AdkSessionsState> {
    return this.#backing.state();
  }

  /**
   * The records of acknowledged writes that met what others had done meanwhile, oldest first. Over a manager there are none
   * here: its stores have them.
   */
  async conflicts(options: ConflictsOptions = {}): Promise<ConflictPage> {
    const page = this.#backing.conflicts?.(options);
    return page === undefined ? { conflicts: [], next: undefined } : this.#awaited(page);
  }

  /** Removes a record that somebody has looked at. Whether it was there. */
  async removeConflict(id: string): Promise<boolean> {
    const removed = this.#backing.removeConflict?.(id);
    return removed === undefined ? false : this.#awaited(removed);
  }

  /** Waits for what is under way, and looks no more whether the service is back. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#backing.close(), Promise.allSettled(this.#underWay)]).then(nothing);
    return this.#closing;
  }

  async #make(
    operation: string,
    { appName, userId, sessionId, state }: CreateSessionRequest,
    make: (key: SessionKey, state: AdkSession['state'], isNewId: boolean) => Promise<Read>,
  ): Promise<AdkSession> {
    const key = { appName, userId, sessionId: sessionId || newSessionId() };
    checkNames(operation, key);
    const stored = storedState(operation, state);
    return this.#begin(operation, async () => {
      const release = await this.#lock.acquireAll(lockNames(key, stored));
      try {
        return this.#given(await make(key, stored, !sessionId));
      } finally {
        release();
      }
    });
  }

  #given({ session, version }: Read): AdkSession {
    return this.#handles.given(session, version);
  }

  #begin<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing === undefined) return this.#awaited(work());
    throw sessionFaults.SESSIONS_CLOSED({ operation, reason: 'it was closed' });
  }

  /** By `close`. */
  #awaited<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const over = () => void this.#underWay.delete(work);
    work.then(over, over);
    return work;
  }
}

function nothing(): undefined {
  return undefined;
}
