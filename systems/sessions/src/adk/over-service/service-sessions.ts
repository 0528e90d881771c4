import { isDeepStrictEqual } from 'node:util';
import { sessionFaults } from '../../faults.ts';
import type { SessionKey } from '../../session/index.ts';
import type { AdkSession, Event, ListSessionsRequest, ListSessionsResponse } from '../adk-types.ts';
import { copyOf } from '../stored-form.ts';
import { isRaceForRow } from './service-error.ts';
import type { ServiceLink } from './service-link.ts';

/** @internal What can be done in ADK's service, each so that it may be tried again: with ids, nothing happens twice. */
export class ServiceSessions {
  readonly #link: ServiceLink;

  constructor(link: ServiceLink) {
    this.#link = link;
  }

  read(operation: string, key: SessionKey): Promise<AdkSession | undefined> {
    return this.#link.run({
      ...{ operation, sessionId: key.sessionId, isWrite: false },
      work: (service) => service.getSession(key),
    });
  }

  /** Rejects with SESSION_ALREADY_EXISTS: ADK's InMemory service would empty the one that is there. */
  create(operation: string, key: SessionKey, state: AdkSession['state']): Promise<AdkSession> {
    const { sessionId } = key;
    return this.#link.run({
      ...{ operation, sessionId, isWrite: true },
      work: async (service, attempt) => {
        for (let race = 1; ; race++) {
          const there = await service.getSession(key);
          if (there !== undefined) {
            // What an attempt before has created, whose answer was lost.
            if (attempt > 1 && there.events.length === 0 && hasAll(there.state, state)) return there;
            const reason = 'it is there';
            throw sessionFaults.SESSION_ALREADY_EXISTS({ operation, sessionId, reason });
          }
          try {
            return await service.createSession({ ...key, state: copyOf(state) });
          } catch (error) {
            // The first sessions of an application, or of a user, at once.
            if (!isRaceForRow(error) || race === MAX_RACES) throw error;
          }
        }
      },
    });
  }

  /**
   * The session itself is not handed over, but an empty one that claims to be new: ADK's database service would load all of an older
   * one.
   */
  append(operation: string, key: SessionKey, event: Event): Promise<void> {
    const { appName, userId, sessionId } = key;
    return this.#link.run({
      ...{ operation, sessionId, isWrite: true },
      work: async (service) => {
        const handle: AdkSession = {
          ...{ id: sessionId, appName, userId, state: {}, events: [] },
          lastUpdateTime: Number.MAX_SAFE_INTEGER,
        };
        await service.appendEvent({ session: handle, event: copyOf(event) });
      },
    });
  }

  delete(operation: string, key: SessionKey): Promise<void> {
    return this.#link.run({
      ...{ operation, sessionId: key.sessionId, isWrite: true },
      work: (service) => service.deleteSession(key),
    });
  }

  list(request: ListSessionsRequest): Promise<ListSessionsResponse> {
    return this.#link.run({
      ...{ operation: 'listSessions', sessionId: undefined, isWrite: false },
      work: (service) => service.listSessions(request),
    });
  }
}

/** Each is won by one at least. */
const MAX_RACES = 5;

/** Shared state comes from elsewhere, too. */
function hasAll(there: AdkSession['state'], given: AdkSession['state']): boolean {
  return Object.entries(given).every(([name, value]) => isDeepStrictEqual(there[name], value));
}
