import type { Session, SessionEvent, SessionKey, SessionState, SessionSummary } from '../session/index.ts';
import type { ForcedHealthCheck, SessionHealthStatus } from './session-health.ts';

/**
 * Sessions that survive: state and events by application, user and id.
 *
 * Every write that is answered is kept, once, and in the order of the session, whatever dies afterwards: store, network,
 * this process. All writes of one session are linearizable, also when several instances serve it. While the primary store
 * is away, what this instance holds goes on (`getHealthStatus().mode` is `degraded`), and for all else the answer is
 * SESSION_SERVICE_UNAVAILABLE: "not found" is said only of what is known not to exist.
 *
 * What a reader sees, of several instances: all that was acknowledged anywhere while the primary was there. What an instance
 * acknowledges without its primary is seen through the others when that is back, and till then the session as it was; so
 * another instance may say of a session that was just deleted there that it exists. What sessions share (`app:`, `user:`) is
 * seen through other instances up to a second late.
 *
 * Methods reject with one of `sessionFaults`, or with the reason of the caller's signal: a write may then have happened.
 * Transient failures are tried again by themselves (`retry`). They may be called beside each other at will: writes of one
 * session go one after the other, those that need no second attempt in the order of their coming.
 */
export interface SessionManager {
  /** This instance's name, as its heads and its health tell it. */
  readonly instance: string;

  /**
   * Rejects with SESSION_ALREADY_EXISTS when there is one of this id; the one that is there stays as it is. Without
   * `sessionId` it gets one that nobody can guess. Names of its state that are shared are changed first: when the rest then
   * fails, they may have been.
   */
  createSession(request: CreateSession, options?: CallOptions): Promise<CreatedSession>;

  /** Rejects with SESSION_NOT_FOUND when there is none, or when it has expired. */
  getSession(key: SessionKey, options?: GetOptions): Promise<Session>;

  /**
   * The session that there is, as it is, or a new one. Several at once with one id get the same. Rejects with
   * SESSION_ALREADY_EXISTS only where the id is that of a creation, and another one has made what is there.
   */
  getOrCreateSession(
    request: CreateSession,
    options?: GetOptions,
  ): Promise<{ readonly session: Session; readonly isNew: boolean }>;

  /**
   * Sets what `set` names and removes what `remove` names, at once: all of it, or nothing. Names that are shared are changed
   * first: when the rest then fails, they may have been, and trying again with the same `changeId` completes it.
   */
  updateSessionState(key: SessionKey, change: StateChange, options?: WriteOptions): Promise<Written>;

  /**
   * Appends an event, and what it changes in the state, at once. An event whose id is that of one of the last 256 events
   * or changes of the session was appended before, and is not again: `isRepeated`.
   */
  appendEvent(key: SessionKey, append: AppendEvent, options?: WriteOptions): Promise<Appended>;

  /** Whether there was one. What it had is gone at once, and is cleared away afterwards. */
  deleteSession(key: SessionKey, options?: WriteOptions): Promise<boolean>;

  /**
   * Sessions in the order of application, user and id. What has expired is left out, and cleared away afterwards. Pages
   * are no snapshot: what exists all the while is there once. `expiresWallMs` of a session that was changed lately may be
   * earlier than it is, and is never past.
   */
  listSessions(request: ListSessions, options?: CallOptions): Promise<SessionPage>;

  /**
   * Deletes expired sessions and what deleted ones have left, in bounded batches; of several instances one does it at a
   * time. It also happens by itself, every `cleanupEveryMs`. One that cannot be deleted is counted, and stops nothing.
   */
  cleanupExpiredSessions(options?: CleanupOptions): Promise<CleanupReport>;

  /** How it is doing, from what has happened. Never rejects. */
  getHealthStatus(): Promise<SessionHealthStatus>;

  /** Creates a session of its own, changes, reads, lists and deletes it, and says what of that worked. Never rejects. */
  forceHealthCheck(options?: CallOptions): Promise<ForcedHealthCheck>;

  /** Begins to serve: rejects with INSTANCE_NAME_TAKEN. Operations begin it themselves when nobody has. */
  open(): Promise<void>;

  /**
   * Waits for what is under way, brings the journal in where the primary is there, and lets other instances have the
   * sessions. Harmless when repeated. Stores that were given stay open.
   */
  close(): Promise<void>;
}

export interface CallOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

export interface CreateSession {
  readonly appName: string;
  readonly userId: string;
  readonly sessionId?: string | undefined;
  /**
   * Of this creation, an id like those of sessions: whoever asks again with it gets the session that it has led to, as it
   * is by then, instead of SESSION_ALREADY_EXISTS or a second one. Without `sessionId` it becomes the session's id; but
   * while the primary is away the session gets a new one, and that this creation has led to it only this instance knows,
   * in this life. Default: none, each call is a creation of its own.
   */
  readonly creationId?: string | undefined;
  /** Default: empty. */
  readonly state?: SessionState | undefined;
  /** How long it lives after its last change. Whole milliseconds, 1000 or more, or Infinity. Default: that of the manager. */
  readonly ttlMs?: number | undefined;
}

export interface CreatedSession extends Session {
  /** An earlier request of the same creation has made it: nothing was created now. */
  readonly isRepeated: boolean;
}

export interface GetOptions extends CallOptions {
  /** Only the last so many events; 0: none. Default: all. */
  readonly numRecentEvents?: number | undefined;
  /** Only events whose timestamp is this one or later: Unix milliseconds. */
  readonly afterTimestamp?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /**
   * Only if the session is at this `version`; else SESSION_CONCURRENT_ACCESS, and nothing is changed. Default: whatever
   * it is.
   */
  readonly expectedVersion?: string | undefined;
}

export interface StateChange {
  readonly set?: SessionState | undefined;
  readonly remove?: readonly string[] | undefined;
  /** Makes the change happen once, however often it is sent, as an event's id does. Default: each call is one. */
  readonly changeId?: string | undefined;
}

export interface AppendEvent {
  /** Without an `id` or a `timestamp` it gets one. */
  readonly event: { readonly id?: string; readonly timestamp?: number; readonly [field: string]: unknown };
  readonly stateDelta?: SessionState | undefined;
}

/** What a write has led to. */
export interface Written {
  readonly revision: number;
  readonly version: string;
  readonly updatedWallMs: number;
  /** It was done before: nothing was changed now. */
  readonly isRepeated: boolean;
}

export interface Appended extends Written {
  /** As it is stored. */
  readonly event: SessionEvent;
}

export interface ListSessions {
  readonly appName: string;
  /** Default: those of all users. */
  readonly userId?: string | undefined;
  /** `next` of the page before. Default: at the beginning. */
  readonly after?: string | undefined;
  /** Sessions a page, at most. 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
}

export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: string | undefined;
  /** False while the primary is away: there may be more than can be known now. */
  readonly complete: boolean;
  /** Ids of sessions whose stored entry is damaged: they are left out. */
  readonly corrupted: readonly string[];
}

export interface CleanupOptions extends CallOptions {
  /** Sessions that are deleted at most. Default 1000. */
  readonly maxSessions?: number | undefined;
}

export interface CleanupReport {
  /** Another instance is doing it: nothing was done here, but to clear away what this instance has left itself. */
  readonly isElsewhere: boolean;
  readonly looked: number;
  readonly deleted: number;
  /** Sessions that could not be deleted, and why. */
  readonly failed: readonly { readonly sessionId: string; readonly reason: string }[];
  /** Records of deleted sessions that were cleared away. */
  readonly recordsCleared: number;
  /** Whether `maxSessions` was reached before the end. */
  readonly isPartial: boolean;
}
