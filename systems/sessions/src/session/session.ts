/** Names a session: of an application, of a user. Each a text as `checkId` of `ids.ts` lets through. */
export interface SessionKey {
  readonly appName: string;
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * What a session knows, by name: whatever JSON carries. Names that begin with `app:` are shared by all sessions of the
 * application, with `user:` by those of the user; with `temp:` they are never stored.
 */
export type SessionState = Readonly<Record<string, unknown>>;

/** Something that happened in a session: an object that JSON carries. */
export interface SessionEvent {
  /** Unique in its session. 1 to 128 characters. */
  readonly id: string;
  /** When it happened, as who tells of it says: Unix milliseconds. */
  readonly timestamp: number;
  readonly [field: string]: unknown;
}

/** A session as it was when it was read. A copy: changing it changes nothing that is stored. */
export interface Session extends SessionKey {
  readonly state: SessionState;
  /** In the order in which they were appended; all, or those that were asked for. */
  readonly events: readonly SessionEvent[];
  /** 1 when it was created, and one more with each change. */
  readonly revision: number;
  /** Names exactly this revision of exactly this session, also when one of the same id was there before: an ETag. */
  readonly version: string;
  /** Unix milliseconds. */
  readonly createdWallMs: number;
  readonly updatedWallMs: number;
  /** When it expires if nobody changes it before; undefined: never. */
  readonly expiresWallMs: number | undefined;
}

/** A session in a list: without its events, and its own state only. */
export type SessionSummary = Omit<Session, 'events' | 'state' | 'revision' | 'version' | 'updatedWallMs'>;
