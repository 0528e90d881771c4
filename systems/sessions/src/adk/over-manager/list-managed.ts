import { SessionNotFoundError, sessionFaults } from '../../faults.ts';
import type { SessionManager } from '../../manager/index.ts';
import type { AdkSession, ListSessionsRequest, ListSessionsResponse } from '../adk-types.ts';
import { pageOf } from '../page.ts';

/** @internal ADK counts all sessions for each page, and orders them by their last change, which only they know. */
export async function listManaged(
  manager: SessionManager,
  request: ListSessionsRequest,
): Promise<ListSessionsResponse> {
  const all = await listedSessions(manager, request);
  if (request.order !== undefined) return pageOf(await timed(manager, all), request);
  const page = pageOf(all, request);
  return { ...page, sessions: await timed(manager, page.sessions) };
}

/** Without their times. */
async function listedSessions(manager: SessionManager, request: ListSessionsRequest): Promise<AdkSession[]> {
  const { appName, userId } = request;
  const sessions: AdkSession[] = [];
  let after: string | undefined;
  do {
    const page = await manager.listSessions({ appName, userId, after, limit: MANY });
    if (!page.complete) {
      const reason = 'not all sessions are known while the store is away';
      throw sessionFaults.SESSION_SERVICE_UNAVAILABLE({ operation: 'listSessions', reason });
    }
    for (const { appName, userId, sessionId: id } of page.sessions) {
      sessions.push({ id, appName, userId, state: {}, events: [], lastUpdateTime: 0 });
    }
    after = page.next;
  } while (after !== undefined);
  return sessions;
}

/** With them. What has gone since is left out. */
async function timed(manager: SessionManager, sessions: readonly AdkSession[]): Promise<AdkSession[]> {
  const found: AdkSession[] = [];
  for (let from = 0; from < sessions.length; from += AT_ONCE) {
    const some = sessions.slice(from, from + AT_ONCE).map(async (session) => {
      const key = { ...session, sessionId: session.id };
      try {
        const { updatedWallMs } = await manager.getSession(key, { numRecentEvents: 0 });
        return [{ ...session, lastUpdateTime: updatedWallMs }];
      } catch (error) {
        if (SessionNotFoundError.matches(error)) return [];
        throw error;
      }
    });
    found.push(...(await Promise.all(some)).flat());
  }
  return found;
}

const MANY = 1000;
const AT_ONCE = 16;
