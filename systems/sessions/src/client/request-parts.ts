import { checkId, checkSessionKey } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import type { CallOptions, GetOptions, ListSessions } from '../manager/index.ts';
import type { SessionKey } from '../session/index.ts';
import { sessionPath } from './session-api.ts';

/** Of 128 bits that nobody can guess, never of a seed: an id of a session may be made of it. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Of a key, which may be a whole session. Throws SESSION_REQUEST_INVALID. */
export function keyPath(operation: string, key: SessionKey): string {
  return sessionPath(checkSessionKey(operation, key));
}

/** Of an application, or of one of its users. Throws SESSION_REQUEST_INVALID. */
export function userPath(
  operation: string,
  { appName, userId }: Pick<ListSessions, 'appName' | 'userId'>,
): string {
  checkId(operation, 'appName', appName);
  if (userId !== undefined) checkId(operation, 'userId', userId);
  return sessionPath({ appName, userId });
}

export function queryOf({
  signal: _signal,
  ...fields
}: GetOptions | (Pick<ListSessions, 'after' | 'limit'> & CallOptions)): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

/** JSON has no Infinity. */
export function lifeOf(ttlMs: number | undefined): number | null | undefined {
  return ttlMs === Number.POSITIVE_INFINITY ? null : ttlMs;
}

/** As If-Match; of a text that can be no version, of one that no session is at. */
export function tagOf(operation: string, version: string | undefined): string | undefined {
  if (version === undefined) return undefined;
  if (typeof version === 'string') return VERSION.test(version) ? `"${version}"` : '"-"';
  const reason = `must be a text; got ${typeof version}`;
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'expectedVersion', reason });
}

/** What an ETag carries. What follows a semicolon there is no part of the version. */
const VERSION = /^[\x21\x23-\x3a\x3c-\x7e]{1,256}$/;
