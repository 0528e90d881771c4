import { checkSessionKey } from '../checks/index.ts';
import type { CallOptions, SessionManager } from '../manager/index.ts';
import type { Session, SessionKey } from '../session/index.ts';

/**
 * The session, without its events. Rejects with SESSION_REQUEST_INVALID when the key is none, SESSION_NOT_FOUND when there
 * is no such session, or no longer, and with SESSION_SERVICE_UNAVAILABLE when that cannot be known now.
 */
export async function validateSessionExists(
  manager: SessionManager,
  key: SessionKey,
  { operation = 'validate a session', signal }: CallOptions & { readonly operation?: string } = {},
): Promise<Session> {
  checkSessionKey(operation, { ...key });
  return manager.getSession(key, { numRecentEvents: 0, signal });
}
