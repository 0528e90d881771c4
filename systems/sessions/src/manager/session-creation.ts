import type { Clock } from '@sustain/kernel';
import { mayHaveHappened, type Revision } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';
import { type Head, headKey } from '../layout/index.ts';
import type { ScopedState } from '../scoped/index.ts';
import type { SessionKey, SessionState } from '../session/index.ts';
import {
  type EventRange,
  isExpired,
  type OpenSession,
  type ReadSession,
  type SessionFiles,
} from '../storage/index.ts';
import type { SettledManagerOptions } from './manager-options.ts';
import type { RepeatableCreations } from './repeatable-creations.ts';
import type { NewSession } from './session-requests.ts';

/** A session that there is now. */
export interface CreatedNow extends ReadSession {
  /** It was there already: an earlier request of the same creation has made it. */
  readonly isRepeated: boolean;
}

/** How sessions come to be. To be called while the session's lock is held. */
export class SessionCreation {
  readonly #files: SessionFiles;
  readonly #scoped: ScopedState;
  readonly #repeatable: RepeatableCreations;
  readonly #newId: () => string;
  readonly #clock: Clock;

  constructor(
    files: SessionFiles,
    scoped: ScopedState,
    repeatable: RepeatableCreations,
    { newId, clock }: Pick<SettledManagerOptions, 'newId' | 'clock'>,
  ) {
    this.#files = files;
    this.#scoped = scoped;
    this.#repeatable = repeatable;
    this.#newId = newId;
    this.#clock = clock;
  }

  /**
   * Under that key. What it shares is changed first, as for a change: whoever finds the session finds that, too. Rejects
   * with SESSION_ALREADY_EXISTS when neither this creation nor an earlier attempt has made what is there.
   */
  async create(
    operation: string,
    created: NewSession,
    key: SessionKey,
    range: EventRange,
  ): Promise<CreatedNow> {
    for (let mayBeThere = this.#isToLook(created, key); ; mayBeThere = true) {
      const found = mayBeThere ? await this.#files.read(key, range, { operation }) : undefined;
      let replaced: Revision | undefined;
      if (found !== undefined) {
        if (created.sent.includes(found.session.incarnation)) return { ...found, isRepeated: false };
        if (!isExpired(found.session, this.#clock)) {
          this.#checkRepeated(operation, created, found.session);
          return { ...found, isRepeated: true };
        }
        replaced = await this.#toReplace(operation, key);
        if (replaced === undefined) continue;
      }
      if (shares(created) && !created.isShared) await this.#share(operation, created);
      const session = await this.#make(created, key, replaced);
      if (session !== undefined) return { session, events: [], isRepeated: false };
    }
  }

  /** Whether what may be there is known at once, or is to be known before anything is changed. Else creating it tells. */
  #isToLook(created: NewSession, key: SessionKey): boolean {
    if (this.#isNew(created, key)) return false;
    return this.#files.inMemory(headKey(key)) !== undefined || (shares(created) && !created.isShared);
  }

  #isNew(created: NewSession, key: SessionKey): boolean {
    return created.sent.length === 0 && this.#repeatable.isNew(created, key);
  }

  #checkRepeated(operation: string, { creationId }: NewSession, { key, head, version }: OpenSession): void {
    if (creationId !== undefined && head.creationId === creationId) return;
    const { sessionId } = key;
    const reason = 'there is one already';
    throw sessionFaults.SESSION_ALREADY_EXISTS({ operation, sessionId, actualVersion: version, reason });
  }

  /** The head of what has expired; undefined when it has not: its owner may still have been changing it. */
  async #toReplace(operation: string, key: SessionKey): Promise<Revision | undefined> {
    const expired = await this.#files.open(key, { operation });
    if (expired === undefined || !isExpired(expired, this.#clock)) return undefined;
    await this.#files.removal.noteLeftovers(expired);
    return expired.headRevision;
  }

  /** Once, whatever attempts there are. */
  async #share(operation: string, created: NewSession): Promise<void> {
    const { key, state, id } = created;
    await this.#scoped.change(operation, key.appName, key.userId, state, id);
    created.isShared = true;
  }

  async #make(
    created: NewSession,
    key: SessionKey,
    replaced: Revision | undefined,
  ): Promise<OpenSession | undefined> {
    const { id, creationId, ttlMs, state, sent } = created;
    const nowWallMs = this.#clock.wallMs();
    const isNewId = this.#isNew(created, key);
    const incarnation = sent.length === 0 ? id : this.#newId();
    const base = { revision: 1, updatedWallMs: nowWallMs, state: state.session.set ?? EMPTY };
    const owner = this.#files.mark;
    const head: Head = { key, incarnation, creationId, owner, createdWallMs: nowWallMs, ttlMs, base };
    const mayBeThere = () => {
      sent.push(incarnation);
      this.#repeatable.mayBeThere(created, key);
    };
    try {
      const made = await this.#files.create(head, { isNewId, replaced });
      if (made !== undefined) mayBeThere();
      return made;
    } catch (error) {
      if (mayHaveHappened(error)) mayBeThere();
      throw error;
    }
  }
}

function shares({ state }: NewSession): boolean {
  return (state.app ?? state.user) !== undefined;
}

const EMPTY: SessionState = Object.freeze({});
