import { mayHaveHappened, storeFaults } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';
import { type Head, headKey, type LogRecord } from '../layout/index.ts';
import type { ScopedState } from '../scoped/index.ts';
import type { Session, SessionEvent, SessionKey } from '../session/index.ts';
import { isExpired, type OpenSession, REMEMBERED_CHANGES, type SessionFiles } from '../storage/index.ts';
import { checkVersion } from './check-version.ts';
import type { SettledManagerOptions } from './manager-options.ts';
import { RepeatableCreations } from './repeatable-creations.ts';
import { SessionCreation } from './session-creation.ts';
import type { Appended, CreatedSession, GetOptions, WriteOptions } from './session-manager.ts';
import type { NewChange, NewSession } from './session-requests.ts';
import type { SessionTurns } from './session-turns.ts';
import { viewOf, written, writtenAt } from './session-views.ts';

export interface OperationParts {
  readonly files: SessionFiles;
  readonly scoped: ScopedState;
  readonly turns: SessionTurns;
  /** Whether the primary does everything. */
  readonly isNormal: () => boolean;
}

/**
 * What a manager does, once each: without retries, and without a word of how it went. What it is given says what earlier
 * attempts may have done, so that one that is made again does nothing twice.
 */
export class SessionOperations {
  readonly #settings: SettledManagerOptions;
  readonly #files: SessionFiles;
  readonly #scoped: ScopedState;
  readonly #creation: SessionCreation;
  readonly #repeatable: RepeatableCreations;
  readonly #turns: SessionTurns;

  constructor(settings: SettledManagerOptions, parts: OperationParts) {
    const { files, scoped, turns, isNormal } = parts;
    this.#settings = settings;
    this.#files = files;
    this.#scoped = scoped;
    this.#turns = turns;
    this.#repeatable = new RepeatableCreations(isNormal, settings.newId);
    this.#creation = new SessionCreation(files, scoped, this.#repeatable, settings);
  }

  /** The session, where that needs no store. */
  known(key: SessionKey, options: GetOptions): Session | undefined {
    const session = this.#files.inMemory(headKey(key));
    if (session === undefined || this.#files.isInDoubt(session) || isExpired(session, this.#settings.clock))
      return undefined;
    const state = this.#scoped.mergedNow(key.appName, key.userId, session.state);
    const events = state && session.events(options.numRecentEvents, options.afterTimestamp);
    return events && viewOf(session, state, events);
  }

  get(operation: string, key: SessionKey, options: GetOptions): Promise<Session> {
    const { signal } = options;
    return this.#turns.run(key, signal, async () => {
      const read = await this.#files.read(key, options, { operation, signal });
      const { events = [] } = read ?? {};
      const session = this.#alive(operation, key, read?.session);
      return viewOf(session, await this.#scoped.merged(key.appName, key.userId, session.state), events);
    });
  }

  create(operation: string, created: NewSession, options: GetOptions): Promise<CreatedSession> {
    const key = this.#repeatable.keyOf(created);
    const { signal } = options;
    return this.#turns.run(key, signal, async () => {
      const made = await this.#creation.create(operation, created, key, options);
      const { session, events, isRepeated } = made;
      const state = await this.#scoped.merged(key.appName, key.userId, session.state);
      return { ...viewOf(session, state, events), isRepeated };
    });
  }

  async getOrCreate(
    operation: string,
    created: NewSession,
    options: GetOptions,
  ): Promise<{ readonly session: Session; readonly isNew: boolean }> {
    const { key, idIs, sent } = created;
    for (let mayBeThere = idIs === 'given' && sent.length === 0; ; mayBeThere = true) {
      try {
        if (mayBeThere) return { session: await this.get(operation, key, options), isNew: false };
      } catch (error) {
        if (!sessionFaults.SESSION_NOT_FOUND.matches(error)) throw error;
      }
      try {
        const { isRepeated, ...session } = await this.create(operation, created, options);
        return { session, isNew: !isRepeated };
      } catch (error) {
        if (idIs !== 'given' || !sessionFaults.SESSION_ALREADY_EXISTS.matches(error)) throw error;
      }
    }
  }

  change(change: NewChange, { expectedVersion, signal }: WriteOptions): Promise<Appended> {
    const { key, id, event, state, eventBytes, sentTo, operation } = change;
    const shares = (state.app ?? state.user) !== undefined;
    return this.#turns.run(key, signal, async () => {
      for (;;) {
        const opened = this.#files.opened(key) ?? (await this.#files.open(key, { operation, signal }));
        const session = this.#toChange(change, opened);
        const before =
          session.revisionOf(id) ?? (sentTo.length > 0 ? await this.#madeBefore(session, change) : undefined);
        if (before !== undefined) return this.#repeated(session, before, event);
        checkVersion(operation, session, expectedVersion);
        this.#checkRoom(session, change);
        if (shares && !change.isShared) await this.#share(change, session);
        const record: LogRecord = { id, wallMs: this.#settings.clock.wallMs(), event, ...state.session };
        const place = { incarnation: session.incarnation, revision: session.revision + 1 };
        try {
          const changed = await this.#files.change(session, record, eventBytes);
          if (changed.outcome === 'done') return written(session, event, false);
          if (changed.outcome === 'repeated') return this.#repeated(session, changed.revision, event);
        } catch (error) {
          if (mayHaveHappened(error)) sentTo.push(place);
          throw error;
        }
      }
    });
  }

  /** Gives the session to another instance. */
  handOver(key: SessionKey, to: Head['owner']): Promise<boolean> {
    return this.#turns.run(key, undefined, () => this.#files.handOver(key, to));
  }

  #toChange({ operation, key, sentTo }: NewChange, opened: OpenSession | undefined): OpenSession {
    const isAlive = opened !== undefined && !isExpired(opened, this.#settings.clock);
    const session = sentTo.length > 0 && !isAlive ? undefined : this.#alive(operation, key, opened);
    if (session !== undefined && sentTo.every(({ incarnation }) => incarnation === session.incarnation))
      return session;
    const reason = 'the session was deleted since, and the change may have been made before';
    throw sessionFaults.SESSION_OUTCOME_UNKNOWN({ operation, sessionId: key.sessionId, reason });
  }

  /** Once, whatever attempts there are. */
  async #share(change: NewChange, { incarnation }: OpenSession): Promise<void> {
    const { operation, key, state, id } = change;
    await this.#scoped.change(operation, key.appName, key.userId, state, `${incarnation}/${id}`);
    change.isShared = true;
  }

  /** The revision at which an earlier attempt has made the change, also when it is not one of the last any more. */
  async #madeBefore(session: OpenSession, { id, sentTo }: NewChange): Promise<number | undefined> {
    for (const { revision } of sentTo) {
      // Those that are known by their ids were not it.
      if (revision > session.revision - REMEMBERED_CHANGES) continue;
      if ((await this.#files.changeAt(session, revision))?.id === id) return revision;
    }
    return undefined;
  }

  /** With the event as it is stored, which may be another one than was sent again; or that, while nobody can look. */
  async #repeated(session: OpenSession, revision: number, sent: SessionEvent | undefined): Promise<Appended> {
    const stored =
      sent === undefined || session.hasEvents
        ? sent && session.eventOf(sent.id)
        : (await this.#files.changeAt(session, revision).catch(unlessAway))?.event;
    return writtenAt(session, revision, stored ?? sent);
  }

  #alive(operation: string, { sessionId }: SessionKey, session: OpenSession | undefined): OpenSession {
    if (session !== undefined && !isExpired(session, this.#settings.clock)) return session;
    const reason = session === undefined ? 'it was never made, or deleted' : 'it has expired';
    throw sessionFaults.SESSION_NOT_FOUND({ operation, sessionId, reason });
  }

  #checkRoom(session: OpenSession, { operation, key, state, setBytes }: NewChange): void {
    const { maxStateBytes, maxChanges } = this.#settings;
    const { sessionId } = key;
    const got = session.stateBytesWith(state.session.set, setBytes);
    if (state.session.set !== undefined && got > maxStateBytes) {
      const reason = `would take about ${got} bytes, and ${maxStateBytes} are allowed: remove names that nobody needs`;
      throw sessionFaults.SESSION_TOO_LARGE({
        ...{ operation, sessionId, field: 'the state', limit: maxStateBytes, got, reason },
      });
    }
    if (session.revision < maxChanges) return;
    const reason = `has had ${session.revision} changes, and ${maxChanges} are allowed: begin another session`;
    throw sessionFaults.SESSION_TOO_LARGE({
      ...{ operation, sessionId, field: 'the session', limit: maxChanges, got: session.revision, reason },
    });
  }
}

function unlessAway(error: unknown): undefined {
  if (!storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
}
