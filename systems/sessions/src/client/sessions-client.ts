import { checkId, checkObject } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import type {
  AppendEvent,
  Appended,
  CallOptions,
  CleanupOptions,
  CleanupReport,
  CreatedSession,
  CreateSession,
  ForcedHealthCheck,
  GetOptions,
  ListSessions,
  SessionHealthStatus,
  SessionManager,
  SessionPage,
  StateChange,
  WriteOptions,
  Written,
} from '../manager/index.ts';
import type { Session, SessionKey } from '../session/index.ts';
import { type HttpAnswer, type HttpCall, HttpCalls, type HttpCallsOptions } from './http-calls.ts';
import { keyPath, lifeOf, newKey, queryOf, tagOf, userPath } from './request-parts.ts';
import {
  type AppendEventBody,
  type AppendedBody,
  type CleanupBody,
  type CreateSessionBody,
  type IssuedToken,
  type IssueTokenBody,
  type PatchStateBody,
  type PutSessionBody,
  REPLAYED,
  type SessionBody,
  type SessionPageBody,
  type WrittenBody,
} from './session-api.ts';

export type SessionsClientOptions = HttpCallsOptions;

/**
 * Sessions of a service elsewhere, as a {@link SessionManager}: in Node and in browsers.
 *
 * What is retryable is tried again, each write under one idempotency key, so that it happens once, whatever is lost on the
 * way; when no attempt was answered the fault is SESSION_OUTCOME_UNKNOWN, or SESSION_SERVICE_UNAVAILABLE where nothing can
 * have happened. Faults are those of the service, with its `operationId`. `getHealthStatus` and `forceHealthCheck` do
 * reject, when the service cannot be asked; they, `cleanupExpiredSessions` and `issueToken` want a token of the server.
 */
export interface SessionsClient extends SessionManager {
  /** `isRepeated` is true, too, of a session that an attempt has made whose answer was lost. */
  createSession: SessionManager['createSession'];
  /** `isNew` is false, too, of a session that an attempt has made whose answer was lost. */
  getOrCreateSession: SessionManager['getOrCreateSession'];
  /** All pages from `request.after` on, one after the other. */
  pages(request: ListSessions, options?: CallOptions): AsyncIterable<SessionPage>;
  /** A token for sessions of an application, or of one of its users. */
  issueToken(grant: IssueTokenBody, options?: CallOptions): Promise<IssuedToken>;
}

/** Throws a TypeError for a URL that is none, a RangeError or TypeError when an option is out of range. */
export function createSessionsClient(options: SessionsClientOptions): SessionsClient {
  return new HttpSessions(new HttpCalls(options));
}

class HttpSessions implements SessionsClient {
  readonly instance: string;
  readonly #calls: HttpCalls;
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(calls: HttpCalls) {
    this.#calls = calls;
    this.instance = calls.baseUrl;
  }

  async createSession(request: CreateSession, { signal }: CallOptions = {}): Promise<CreatedSession> {
    const answer = await this.#create('createSession', request, { signal });
    return { ...sessionIn(answer), isRepeated: isRepeated(answer) };
  }

  async getSession(key: SessionKey, options: GetOptions = {}): Promise<Session> {
    const operation = 'getSession';
    const path = keyPath(operation, key) + queryOf(options);
    const about = { operation, sessionId: key.sessionId, writes: false, signal: options.signal };
    return sessionIn(await this.#ask({ ...about, method: 'GET', path }));
  }

  async getOrCreateSession(
    request: CreateSession,
    options: GetOptions = {},
  ): Promise<{ readonly session: Session; readonly isNew: boolean }> {
    const operation = 'getOrCreateSession';
    checkObject(operation, 'the request', request);
    const { appName, userId, sessionId, creationId, state, ttlMs } = request;
    if (sessionId === undefined) {
      const answer = await this.#create(operation, request, options);
      return { session: sessionIn(answer), isNew: !isRepeated(answer) };
    }
    const body: PutSessionBody = { creationId, state, ttlMs: lifeOf(ttlMs) };
    const path = keyPath(operation, { appName, userId, sessionId }) + queryOf(options);
    const about = { operation, sessionId, writes: true, signal: options.signal };
    const answer = await this.#ask({ ...about, method: 'PUT', path, body });
    return { session: sessionIn(answer), isNew: answer.status === 201 };
  }

  async updateSessionState(
    key: SessionKey,
    change: StateChange,
    { expectedVersion, signal }: WriteOptions = {},
  ): Promise<Written> {
    const operation = 'updateSessionState';
    checkObject(operation, 'the change', change);
    const { set, remove, changeId } = change;
    const path = `${keyPath(operation, key)}/state`;
    const body: PatchStateBody = { set, remove, changeId };
    const headers = { 'idempotency-key': newKey(), 'if-match': tagOf(operation, expectedVersion) ?? '*' };
    const about = { operation, sessionId: key.sessionId, writes: true, signal };
    return writtenIn<WrittenBody>(await this.#ask({ ...about, method: 'PATCH', path, headers, body }));
  }

  async appendEvent(
    key: SessionKey,
    append: AppendEvent,
    { expectedVersion, signal }: WriteOptions = {},
  ): Promise<Appended> {
    const operation = 'appendEvent';
    checkObject(operation, 'the request', append);
    const { event, stateDelta } = append;
    const path = `${keyPath(operation, key)}/events`;
    const body: AppendEventBody = { event, stateDelta };
    const headers = { 'idempotency-key': newKey(), 'if-match': tagOf(operation, expectedVersion) };
    const about = { operation, sessionId: key.sessionId, writes: true, signal };
    return writtenIn<AppendedBody>(await this.#ask({ ...about, method: 'POST', path, headers, body }));
  }

  /** Also true when it is gone and an attempt whose answer was lost may have deleted it. */
  async deleteSession(key: SessionKey, { expectedVersion, signal }: WriteOptions = {}): Promise<boolean> {
    const operation = 'deleteSession';
    const path = keyPath(operation, key);
    const headers = { 'idempotency-key': newKey(), 'if-match': tagOf(operation, expectedVersion) };
    const about = { operation, sessionId: key.sessionId, writes: true, signal };
    let isLost = false;
    const onLost = () => {
      isLost = true;
    };
    try {
      await this.#ask({ ...about, method: 'DELETE', path, headers, onLost });
      return true;
    } catch (error) {
      if (sessionFaults.SESSION_NOT_FOUND.matches(error)) return isLost;
      throw error;
    }
  }

  async listSessions(request: ListSessions, { signal }: CallOptions = {}): Promise<SessionPage> {
    const operation = 'listSessions';
    checkObject(operation, 'the request', request);
    const { appName, userId, limit, after } = request;
    const path = userPath(operation, { appName, userId }) + queryOf({ limit, after });
    const { body } = await this.#ask({ operation, writes: false, signal, method: 'GET', path });
    const { sessions, next, complete, corrupted } = body as SessionPageBody;
    const all = sessions.map((session) => ({ ...session, expiresWallMs: session.expiresWallMs }));
    return { sessions: all, next, complete, corrupted };
  }

  async *pages(request: ListSessions, options: CallOptions = {}): AsyncGenerator<SessionPage> {
    for (let { after } = request; ; ) {
      const page = await this.listSessions({ ...request, after }, options);
      yield page;
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  async cleanupExpiredSessions({ maxSessions, signal }: CleanupOptions = {}): Promise<CleanupReport> {
    const body: CleanupBody = { maxSessions };
    const about = { operation: 'cleanupExpiredSessions', writes: true, signal };
    const answer = await this.#ask({ ...about, method: 'POST', path: '/api/sessions/cleanup', body });
    return answer.body as CleanupReport;
  }

  async getHealthStatus(): Promise<SessionHealthStatus> {
    const about = { operation: 'getHealthStatus', writes: false };
    const { body } = await this.#ask({ ...about, method: 'GET', path: '/api/sessions/health' });
    return body as SessionHealthStatus;
  }

  async forceHealthCheck({ signal }: CallOptions = {}): Promise<ForcedHealthCheck> {
    const about = { operation: 'forceHealthCheck', writes: true, signal };
    const answer = await this.#ask({ ...about, method: 'POST', path: '/api/sessions/health-check' });
    return answer.body as ForcedHealthCheck;
  }

  async issueToken(grant: IssueTokenBody, { signal }: CallOptions = {}): Promise<IssuedToken> {
    const about = { operation: 'issueToken', writes: true, signal };
    const answer = await this.#ask({ ...about, method: 'POST', path: '/api/sessions/tokens', body: grant });
    return answer.body as IssuedToken;
  }

  /** Whether the service answers. */
  async open(): Promise<void> {
    await this.#ask({ operation: 'open', writes: false, method: 'GET', path: '/sessions' });
  }

  /** Waits for what is under way. The service goes on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
  }

  #create(operation: string, request: CreateSession, options: GetOptions): Promise<HttpAnswer> {
    checkObject(operation, 'the request', request);
    const { appName, userId, sessionId, creationId, state, ttlMs } = request;
    checkId(operation, 'userId', userId);
    const body: CreateSessionBody = { sessionId, creationId, state, ttlMs: lifeOf(ttlMs) };
    const path = userPath(operation, { appName, userId }) + queryOf(options);
    const about = { operation, sessionId, writes: true, signal: options.signal };
    return this.#ask({ ...about, method: 'POST', path, headers: { 'idempotency-key': newKey() }, body });
  }

  async #ask(call: HttpCall): Promise<HttpAnswer> {
    const { operation } = call;
    if (this.#isClosed) throw sessionFaults.SESSIONS_CLOSED({ operation, reason: 'it is closed' });
    const asked = this.#calls.ask(call);
    this.#underWay.add(asked);
    try {
      return await asked;
    } finally {
      this.#underWay.delete(asked);
    }
  }
}

function sessionIn({ body }: HttpAnswer): Session {
  const session = body as SessionBody;
  return { ...session, expiresWallMs: session.expiresWallMs };
}

function writtenIn<Body extends WrittenBody>(answer: HttpAnswer): Body & { readonly isRepeated: boolean } {
  return { ...(answer.body as Body), isRepeated: isRepeated(answer) };
}

function isRepeated({ headers }: HttpAnswer): boolean {
  return headers.get(REPLAYED) === 'true';
}
