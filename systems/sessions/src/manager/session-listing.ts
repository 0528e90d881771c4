import { COUNT, checkOption } from '@sustain/kernel/options';
import { MAX_KEY_BYTES, type Store } from '@sustain/stores';
import { checkId, checkObject } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import { HEADS, type Head, headsOf } from '../layout/index.ts';
import type { SessionKey, SessionSummary } from '../session/index.ts';
import type { ListSessions, SessionPage } from './session-manager.ts';

export interface ListingOptions {
  readonly store: Store;
  /** When a session with this head expires, or that it has, or that nobody can know now. */
  readonly expiry: (head: Head, signal?: AbortSignal) => Promise<number | undefined | 'over' | 'unknown'>;
  /** Hears of each that has expired. */
  readonly onExpired: (key: SessionKey) => void;
}

/**
 * A page of sessions, by their heads: it costs what the page has, however many there are. Of one that seems to have
 * expired the last of its log tells.
 */
export async function listPage(
  request: ListSessions,
  { store, expiry, onExpired }: ListingOptions,
  signal?: AbortSignal,
): Promise<SessionPage> {
  const { appName, userId, limit = DEFAULT_LIMIT } = request;
  const prefix = headsOf(appName, userId);
  const after = request.after === undefined ? undefined : keyOf(request.after, prefix);
  const page = await store.list<Head>(prefix, { after, limit, signal });
  const sessions: SessionSummary[] = [];
  for (const { value: head } of page.entries) {
    const expires = await expiry(head, signal).catch(unlessDamaged);
    if (expires === 'over') onExpired(head.key);
    if (typeof expires === 'string') continue;
    sessions.push({ ...head.key, createdWallMs: head.createdWallMs, expiresWallMs: expires });
  }
  return {
    sessions,
    next: page.next === undefined ? undefined : tokenOf(page.next),
    complete: page.complete,
    corrupted: page.corrupted.map((key) => key.slice(key.lastIndexOf('/') + 1)),
  };
}

/** Throws SESSION_REQUEST_INVALID. */
export function checkList(request: ListSessions): void {
  const operation = 'listSessions';
  checkObject(operation, 'the request', request);
  const { appName, userId, after, limit } = request;
  checkId(operation, 'appName', appName);
  if (userId !== undefined) checkId(operation, 'userId', userId);
  try {
    if (limit !== undefined) checkOption('it', limit, { ...COUNT, most: 1000 });
    if (after !== undefined) keyOf(after, headsOf(appName, userId));
  } catch (error) {
    const field = after !== undefined && error instanceof SyntaxError ? 'after' : 'limit';
    const reason = (error as Error).message.replace(/^it /, '');
    throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason });
  }
}

/** Where a page begins, as callers have it: no store's key, but made of one. */
function tokenOf(key: string): string {
  return Buffer.from(key.slice(HEADS.length)).toString('base64url');
}

function keyOf(token: string, prefix: string): string {
  const key = HEADS + Buffer.from(String(token), 'base64url').toString();
  const isKey = Buffer.byteLength(key) <= MAX_KEY_BYTES && !key.includes('\0');
  if (isKey && key.startsWith(prefix) && tokenOf(key) === token) return key;
  throw new SyntaxError('must be `next` of a page before, of the same application and user');
}

/** A log that is damaged takes no other session out of the list: who opens it is told. */
function unlessDamaged(error: unknown): undefined {
  if (!sessionFaults.SESSION_STORAGE_CORRUPTED.matches(error)) throw error;
  return undefined;
}

const DEFAULT_LIMIT = 100;
