import { sessionFaults } from '../../faults.ts';
import type { SessionKey } from '../../session/index.ts';
import type { AdkSession, Event } from '../adk-types.ts';
import type { SettledServiceOptions } from './guarded-options.ts';
import type { Journal } from './journal.ts';
import { baseOf, type JournalledWrite, type JournalRecord } from './journal-record.ts';
import type { KnownSession, KnownSessions } from './known-sessions.ts';
import type { Standing } from './standing.ts';

export interface AwayParts {
  readonly options: SettledServiceOptions;
  readonly journal: Journal;
  readonly known: KnownSessions;
  readonly standing: Standing;
}

/** @internal Sessions while ADK's service is away: what is known, and what is journalled first. */
export class AwaySessions {
  readonly #parts: AwayParts;

  constructor(parts: AwayParts) {
    this.#parts = parts;
  }

  /** Undefined when it is known not to exist. Throws SESSION_SERVICE_UNAVAILABLE when that is not known. */
  find(operation: string, key: SessionKey): KnownSession | undefined {
    const { known, options, standing } = this.#parts;
    const session = known.find(key);
    if (session !== undefined) return session;
    const absentSinceMs = known.absentSinceMs(key);
    const isAbsent =
      absentSinceMs !== undefined && absentSinceMs >= standing.awaySinceMs - options.absenceMaxAgeMs;
    if (isAbsent) return undefined;
    const why =
      standing.state === 'normal'
        ? 'what the journal has of this session could not be brought in'
        : `ADK’s service is away (${standing.reason})`;
    const reason = `${why}, and this session is not among those that are known`;
    throw sessionFaults.SESSION_SERVICE_UNAVAILABLE({ operation, sessionId: key.sessionId, reason });
  }

  async create(key: SessionKey, state: AdkSession['state']): Promise<KnownSession> {
    await this.#write('createSession', key, { kind: 'create', state }, undefined);
    return this.#parts.known.created(key, state, this.#parts.options.clock.wallMs());
  }

  async append(session: KnownSession, event: Event): Promise<KnownSession> {
    const { key } = session;
    await this.#write('appendEvent', key, { kind: 'append', event }, session);
    // It is in the journal, so it cannot have been forgotten.
    return this.#parts.known.appended(key, event, event.timestamp) as KnownSession;
  }

  async delete(session: KnownSession): Promise<void> {
    await this.#write('deleteSession', session.key, { kind: 'delete' }, session);
    this.#parts.known.gone(session.key, this.#parts.options.clock.monotonicMs());
  }

  /** What an earlier run has acknowledged is known again, as far as it began with a creation. */
  restore(records: readonly JournalRecord[]): void {
    const { known, options } = this.#parts;
    for (const { key, write, wallMs } of records) {
      if (write.kind === 'create') known.created(key, write.state, wallMs);
      else if (write.kind === 'append') known.appended(key, write.event, write.event.timestamp);
      else known.gone(key, options.clock.monotonicMs());
    }
  }

  async #write(
    operation: string,
    key: SessionKey,
    write: JournalledWrite,
    session: KnownSession | undefined,
  ): Promise<void> {
    const { journal, options } = this.#parts;
    const base = session && baseOf(session.events);
    const wallMs = options.clock.wallMs();
    await journal.append({ key, write, base, wallMs }, operation);
  }
}
