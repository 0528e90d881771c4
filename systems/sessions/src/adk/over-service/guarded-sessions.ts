import type { KeyLock } from '@sustain/kernel';
import { sessionFaults } from '../../faults.ts';
import type { SessionKey } from '../../session/index.ts';
import type {
  AdkSession,
  GetSessionConfig,
  ListSessionsRequest,
  ListSessionsResponse,
} from '../adk-types.ts';
import type { Append, Appended, Backing, Read, Seen, Version } from '../backing.ts';
import { nameOf } from '../lock-names.ts';
import type { OverServiceOptions } from '../resilient-options.ts';
import type { AdkSessionsState } from '../sessions-state.ts';
import { decideAppend } from './append-decision.ts';
import type { ConflictPage, ConflictsOptions } from './conflict.ts';
import { Fallback } from './fallback.ts';
import { type SettledServiceOptions, settleServiceOptions } from './guarded-options.ts';
import { type KnownSession, KnownSessions, versionOf } from './known-sessions.ts';
import { ServiceAway, ServiceLink } from './service-link.ts';
import { ServiceSessions } from './service-sessions.ts';

/**
 * @internal Sessions in any session service of ADK. While it is there it does everything; while it is away, and there is a spare,
 * known sessions go on in memory and every write is in the journal before it is acknowledged. The very operation that finds it
 * away is carried on.
 */
export class GuardedSessions implements Backing {
  readonly #options: SettledServiceOptions;
  readonly #sessions: ServiceSessions;
  readonly #known: KnownSessions;
  readonly #fallback: Fallback;

  constructor(given: OverServiceOptions, lock: KeyLock) {
    const options = settleServiceOptions(given);
    const link = new ServiceLink(options);
    this.#options = options;
    this.#sessions = new ServiceSessions(link);
    this.#known = new KnownSessions(options, (name) => this.#fallback.isPending(name));
    this.#fallback = new Fallback({ options, lock, link, sessions: this.#sessions, known: this.#known });
  }

  create(key: SessionKey, state: AdkSession['state'], isNewId: boolean): Promise<Read> {
    const operation = 'createSession';
    return this.#fallback.either(nameOf(key), {
      there: async () => {
        const session = await this.#sessions.create(operation, key, state);
        return this.#readOf(this.#known.learn(key, session));
      },
      away: async (away) => {
        if (!isNewId && away.find(operation, key) !== undefined) {
          const { sessionId } = key;
          throw sessionFaults.SESSION_ALREADY_EXISTS({ operation, sessionId, reason: 'it is there' });
        }
        return this.#readOf(await away.create(key, state));
      },
    });
  }

  read(key: SessionKey, config: GetSessionConfig): Promise<Read | undefined> {
    const operation = 'getSession';
    return this.#fallback.either(nameOf(key), {
      there: async () => {
        const known = await this.#look(operation, key);
        return known && this.#readOf(known, config);
      },
      away: async (away) => {
        const known = away.find(operation, key);
        return known && this.#readOf(known, config);
      },
    });
  }

  async getOrCreate(key: SessionKey, state: AdkSession['state'], isNewId: boolean): Promise<Read> {
    return (isNewId ? undefined : await this.read(key, {})) ?? this.create(key, state, isNewId);
  }

  list(request: ListSessionsRequest): Promise<ListSessionsResponse> {
    return this.#fallback.onlyThere('listSessions', async () => {
      const page = await this.#sessions.list(request);
      const sessions = page.sessions.map((session) => ({ ...session, state: {}, events: [] }));
      return { ...page, sessions };
    });
  }

  delete(key: SessionKey): Promise<void> {
    const operation = 'deleteSession';
    return this.#fallback.either(nameOf(key), {
      there: async () => {
        await this.#sessions.delete(operation, key);
        this.#known.gone(key, this.#options.clock.monotonicMs());
      },
      away: async (away) => {
        const known = away.find(operation, key);
        if (known !== undefined) await away.delete(known);
      },
    });
  }

  append(append: Append): Promise<Appended> {
    const { key, event } = append;
    const operation = 'appendEvent';
    return this.#fallback.either(nameOf(key), {
      there: async () => {
        const known = this.#options.isShared ? undefined : this.#known.find(key);
        return this.#append(append, known ?? (await this.#look(operation, key)), async () => {
          await this.#sessions.append(operation, key, event).catch((error: unknown) => {
            // It may have happened. Away, it is carried on upon what is known.
            if (!(error instanceof ServiceAway)) this.#known.forget(key);
            throw error;
          });
          return this.#known.appended(key, event, event.timestamp);
        });
      },
      away: async (away) =>
        this.#append(append, away.find(operation, key), (known) => away.append(known, event)),
    });
  }

  async state(): Promise<AdkSessionsState> {
    return this.#fallback.describe();
  }

  conflicts(options: ConflictsOptions): Promise<ConflictPage> {
    return this.#fallback.conflicts(options);
  }

  removeConflict(id: string): Promise<boolean> {
    return this.#fallback.removeConflict(id);
  }

  close(): Promise<void> {
    return this.#fallback.close();
  }

  /** `write` comes after the decision, and answers what is known then. */
  async #append(
    { key, event, seen, onStale }: Append,
    known: KnownSession | undefined,
    write: (known: KnownSession) => Promise<KnownSession | undefined>,
  ): Promise<Appended> {
    const about = { operation: 'appendEvent', sessionId: key.sessionId };
    if (known === undefined) throw sessionFaults.SESSION_NOT_FOUND({ ...about, reason: 'it is not there' });
    const { isRepeated, isCurrent } = decideAppend(known, seen, event.id);
    if (!isRepeated && !isCurrent && onStale === 'reject') throw stale(about, known, seen);
    const missed = isCurrent || onStale === 'reject' ? undefined : this.#known.sessionOf(known);
    const now = isRepeated ? known : await write(known);
    const isKnown = now !== undefined && (isCurrent || missed !== undefined);
    return {
      version: isKnown ? versionOf(now) : undefined,
      lastUpdateTime: now?.lastUpdateTime ?? event.timestamp,
      missed,
    };
  }

  async #look(operation: string, key: SessionKey): Promise<KnownSession | undefined> {
    const session = await this.#sessions.read(operation, key);
    if (session !== undefined) return this.#known.learn(key, session);
    this.#known.gone(key, this.#options.clock.monotonicMs());
    return undefined;
  }

  #readOf(known: KnownSession, config?: GetSessionConfig): Read {
    return { session: this.#known.sessionOf(known, config), version: versionOf(known) };
  }
}

function stale(
  about: { readonly operation: string; readonly sessionId: string },
  known: KnownSession,
  { version }: Seen,
): Error {
  return sessionFaults.SESSION_CONCURRENT_ACCESS({
    ...about,
    reason:
      version === undefined
        ? 'the handle is a copy, and does not end as the session does'
        : 'the handle is stale',
    expectedVersion: version === undefined ? 'of a copy' : textOf(version),
    actualVersion: textOf(versionOf(known)),
  });
}

function textOf({ name, revision }: Version): string {
  return `${name}.${revision}`;
}
