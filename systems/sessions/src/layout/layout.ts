import type { SessionEvent, SessionKey, SessionState } from '../session/index.ts';

/**
 * Where a session is in its store: a head under its names, and a log of one entry a change under its incarnation. A
 * change is one write: that of the next entry, which nobody else can make as well.
 */
export interface Head {
  readonly key: SessionKey;
  /** Of this session, and of none before or after it under the same names. */
  readonly incarnation: string;
  /** What it was asked for under, if it may be asked for again. */
  readonly creationId?: string | undefined;
  /** Who alone may write it; undefined: nobody yet. */
  readonly owner: Owner | undefined;
  readonly createdWallMs: number;
  /** How long it lives after a change; undefined: for ever. */
  readonly ttlMs: number | undefined;
  /** What it was at some revision: what came later is in the log. */
  readonly base: Base;
  /**
   * It was taken from an instance that was given up, which may have brought some of its last changes in and not those
   * before them: the log ends at the first that is missing.
   */
  readonly mayHaveGaps?: true | undefined;
}

/** An instance, in one of its lives. */
export interface Owner {
  readonly instance: string;
  readonly generation: number;
}

export interface Base {
  readonly revision: number;
  readonly updatedWallMs: number;
  /** Its own only: without what it shares. */
  readonly state: SessionState;
}

/** One change. Its revision is in its key. */
export interface LogRecord {
  /** The event's, or the change's: unique in the session. */
  readonly id: string;
  readonly wallMs: number;
  readonly event?: SessionEvent | undefined;
  readonly set?: SessionState | undefined;
  readonly remove?: readonly string[] | undefined;
}

/** What a deleted session has left, until it is cleared away. */
export interface Leftovers {
  readonly headKey: string;
  readonly by: Owner | undefined;
}

export const HEADS = 'sessions/head/';
export const LOGS = 'sessions/log/';
export const LEFTOVERS = 'sessions/gone/';
export const INSTANCES = 'sessions/instance/';
export const ALIVE = 'sessions/alive/';
export const WANTED = 'sessions/wanted/';
export const CLEANUP_LEASE = 'sessions/lease/cleanup';
export const CLEANUP_CURSOR = 'sessions/cleanup';
export const GENERATION = 'sessions/generation';

export function headKey({ appName, userId, sessionId }: SessionKey): string {
  return `${HEADS}${appName}/${userId}/${sessionId}`;
}

export function headsOf(appName: string, userId?: string): string {
  return userId === undefined ? `${HEADS}${appName}/` : `${HEADS}${appName}/${userId}/`;
}

export function logOf(incarnation: string): string {
  return `${LOGS}${incarnation}/`;
}

/** In the order of revisions. */
export function logKey(incarnation: string, revision: number): string {
  return `${LOGS}${incarnation}/${`${revision}`.padStart(REVISION_DIGITS, '0')}`;
}

export function parseLogKey(
  key: string,
): { readonly incarnation: string; readonly revision: number } | undefined {
  if (!key.startsWith(LOGS)) return undefined;
  return { incarnation: key.slice(LOGS.length, key.lastIndexOf('/')), revision: revisionOf(key) };
}

/** Of a key of a log. */
export function revisionOf(logKey: string): number {
  return Number(logKey.slice(logKey.lastIndexOf('/') + 1));
}

export function appStateKey(appName: string): string {
  return `sessions/app/${appName}`;
}

export function userStateKey(appName: string, userId: string): string {
  return `sessions/user/${appName}/${userId}`;
}

const REVISION_DIGITS = 10;
