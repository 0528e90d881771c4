import type { Session, SessionEvent, SessionState, SessionSummary } from '../session/index.ts';

/**
 * What goes over the wire: of both sides, and nothing else. Bodies are JSON. Times are Unix milliseconds.
 *
 * | request | answers |
 * |---|---|
 * | `GET /sessions` | {@link SessionsIndex} |
 * | `POST /sessions/{app}/{user}` {@link CreateSessionBody} | 201 `Session`, with Location and ETag; 409 |
 * | `PUT /sessions/{app}/{user}/{id}` {@link PutSessionBody} | 201 a new `Session`, 200 the one that is there |
 * | `GET /sessions/{app}/{user}/{id}` | `Session`, with ETag; 304 |
 * | `PATCH /sessions/{app}/{user}/{id}/state` {@link PatchStateBody} | {@link WrittenBody} |
 * | `POST /sessions/{app}/{user}/{id}/events` {@link AppendEventBody} | 201 {@link AppendedBody} |
 * | `DELETE /sessions/{app}/{user}/{id}` | 204 |
 * | `GET /sessions/{app}`, `GET /sessions/{app}/{user}` | {@link SessionPageBody}, with Link |
 */
export interface CreateSessionBody {
  /** Default: one that nobody can guess; of a request with an Idempotency-Key, one that is made of the key. */
  readonly sessionId?: string | undefined;
  /**
   * Makes the session be created once, however often it is sent: what it has led to is answered as it is by then, with
   * {@link REPLAYED}. Default: made of the Idempotency-Key.
   */
  readonly creationId?: string | undefined;
  readonly state?: SessionState | undefined;
  /** How long it lives after its last change. Whole milliseconds, 1000 or more; null: for ever. Default: the manager's. */
  readonly ttlMs?: number | null | undefined;
}

/** Repeated it changes nothing, so that it needs no Idempotency-Key, and is refused with one. */
export interface PutSessionBody extends Pick<CreateSessionBody, 'state' | 'ttlMs'> {
  /** Default: none. */
  readonly creationId?: string | undefined;
}

export interface PatchStateBody {
  readonly set?: SessionState | undefined;
  readonly remove?: readonly string[] | undefined;
  /** Default: made of the Idempotency-Key. */
  readonly changeId?: string | undefined;
}

export interface AppendEventBody {
  /** Its `id` by default is made of the Idempotency-Key, its `timestamp` is the server's time. */
  readonly event: { readonly id?: string; readonly timestamp?: number; readonly [field: string]: unknown };
  readonly stateDelta?: SessionState | undefined;
}

/** The same however often the request is repeated; that it was, the header {@link REPLAYED} says. */
export interface WrittenBody {
  readonly revision: number;
  /** The ETag, without its quotes. */
  readonly version: string;
  readonly updatedWallMs: number;
}

export interface AppendedBody extends WrittenBody {
  readonly event: SessionEvent;
}

/** Without `expiresWallMs` where it never expires. */
export type SessionBody = Omit<Session, 'expiresWallMs'> & { readonly expiresWallMs?: number | undefined };

export interface SessionPageBody {
  readonly sessions: readonly (Omit<SessionSummary, 'expiresWallMs'> & {
    readonly expiresWallMs?: number | undefined;
  })[];
  /** `after` of the next page; not there in the last one. */
  readonly next?: string | undefined;
  /** False while the primary store is away: there may be more than can be known now. */
  readonly complete: boolean;
  readonly corrupted: readonly string[];
}

/** `GET /sessions`. */
export interface SessionsIndex {
  readonly name: 'sessions';
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly mode: 'normal' | 'degraded';
  /** Paths: `sessions`, `openapi`, `health`. */
  readonly links: Readonly<Record<string, string>>;
}

/** What a token of sessions is good for. */
export interface SessionGrant {
  readonly appName: string;
  /** Default: all users of the application. */
  readonly userId?: string | undefined;
  /** `write` reads, too. */
  readonly access: 'read' | 'write';
}

/** `POST /api/sessions/tokens`, for holders of a token of the server. */
export interface IssueTokenBody extends SessionGrant {
  /** How long it is good for. 1 s to 30 days. Default: an hour. */
  readonly ttlMs?: number | undefined;
}

export interface IssuedToken {
  /** For `Authorization: Bearer`. */
  readonly token: string;
  readonly expiresWallMs: number;
}

/** `POST /api/sessions/cleanup`. */
export interface CleanupBody {
  readonly maxSessions?: number | undefined;
}

/** The header that says that a write was done before: `true`. */
export const REPLAYED = 'idempotency-replayed';

/** The path of an application, of a user, of a session, each part of it encoded. */
export function sessionPath({ appName, userId, sessionId }: PathNames): string {
  return [appName, userId, sessionId]
    .filter((part) => part !== undefined)
    .reduce((path, part) => `${path}/${encodeURIComponent(part)}`, '/sessions');
}

interface PathNames {
  readonly appName: string;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
}
