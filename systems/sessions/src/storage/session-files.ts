import { ABSENT, type Entry, type Revision, type Store, storeFaults } from '@sustain/stores';
import { frozen } from '../checks/index.ts';
import { type Head, headKey, type LogRecord, logKey } from '../layout/index.ts';
import type { Ownership } from '../ownership/index.ts';
import type { SessionEvent, SessionKey } from '../session/index.ts';
import { loadSession } from './load-session.ts';
import { OpenSession } from './open-session.ts';
import { SessionHeads } from './session-heads.ts';
import type { SessionMemory } from './session-memory.ts';
import { type Removed, SessionRemoval } from './session-removal.ts';
import { WriteRights } from './write-rights.ts';

export interface SessionFilesOptions {
  /** Where sessions are: a fallback store where there is one. */
  readonly store: Store;
  readonly memory: SessionMemory;
  readonly ownership: Ownership;
  /** A head is written anew after so many changes, so that who opens the session has less to read. */
  readonly changesPerBase: number;
  /** Whether the primary store takes writes now, and has all that was acknowledged. */
  readonly isNormal: () => boolean;
  /** Hears of a head that could not be written anew: nothing is lost by that. */
  readonly onBaseFailed: (error: unknown, session: OpenSession) => void;
}

export interface OpenOptions {
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
}

/** Which events are wanted: the last so many of those from a time on. Default: all. */
export interface EventRange {
  readonly numRecentEvents?: number | undefined;
  readonly afterTimestamp?: number | undefined;
}

export interface ReadSession {
  readonly session: OpenSession;
  readonly events: readonly SessionEvent[];
}

export interface CreateTerms {
  /** Whether its id was made for it and was never sent, so that there can be none of it. */
  readonly isNewId: boolean;
  /** The revision of an expired session's head, in whose place it comes. */
  readonly replaced?: Revision | undefined;
}

/** What came of a change. */
export type Changed =
  | { readonly outcome: 'done' }
  /** It was done before, at this revision. */
  | { readonly outcome: 'repeated'; readonly revision: number }
  /** The session has changed, is gone, or is another instance's: open it again, and decide anew. */
  | { readonly outcome: 'moved' };

/**
 * Sessions as they are stored. To be called while the session's lock is held. Rejects with what the store rejects with,
 * and with `sessionFaults` of what it cannot give.
 */
export class SessionFiles {
  readonly #options: SessionFilesOptions;
  readonly #heads: SessionHeads;
  readonly rights: WriteRights;
  readonly removal: SessionRemoval;

  constructor(options: SessionFilesOptions) {
    this.#options = options;
    this.#heads = new SessionHeads(options);
    const { doubts } = this.#heads;
    this.rights = new WriteRights(options.memory, options.ownership, doubts);
    this.removal = new SessionRemoval({ ...options, rights: this.rights, doubts });
  }

  /** What the heads say that this instance makes. */
  get mark(): Head['owner'] {
    return this.#options.ownership.mark;
  }

  /** The session, if this instance has all of it in memory, and nobody else can have changed it. */
  inMemory(key: string): OpenSession | undefined {
    const { memory, ownership } = this.#options;
    const session = memory.get(key);
    if (session === undefined || session.term !== ownership.term || !ownership.knowsAll) return undefined;
    return ownership.isOurs(session.head.owner) ? session : undefined;
  }

  /** Whether a change was sent that may have been made, or may be yet. */
  isInDoubt(session: OpenSession): boolean {
    return this.#heads.doubts.mayHaveNext(session);
  }

  /** The session, where it can be changed without asking the store for anything. */
  opened(key: SessionKey): OpenSession | undefined {
    const session = this.inMemory(headKey(key));
    return session === undefined || this.isInDoubt(session) ? undefined : session;
  }

  /** To be changed: this instance owns it afterwards. Undefined when there is none. */
  open(key: SessionKey, options: OpenOptions): Promise<OpenSession | undefined> {
    return this.#open(key, TO_CHANGE, options, itself);
  }

  /** The session with these of its events; undefined when there is none. */
  read(
    key: SessionKey,
    { numRecentEvents, afterTimestamp }: EventRange,
    options: OpenOptions,
  ): Promise<ReadSession | undefined> {
    const use = numRecentEvents === 0 ? TO_GLANCE : TO_READ;
    return this.#open(key, use, options, (session) => {
      const events = session.events(numRecentEvents, afterTimestamp);
      return events && { session, events };
    });
  }

  /** `take`: what is wanted of it, taken while nothing else happens; undefined: that is not in memory. */
  async #open<Taken>(
    key: SessionKey,
    { isWhole, isToOwn }: Use,
    options: OpenOptions,
    take: (session: OpenSession) => Taken | undefined,
  ): Promise<Taken | undefined> {
    const { memory, ownership } = this.#options;
    const at = headKey(key);
    const known = this.inMemory(at);
    if (known !== undefined) {
      if (this.isInDoubt(known)) await this.#lookForNext(known);
      const taken = take(known);
      if (taken !== undefined) return taken;
    } else {
      memory.drop(at);
    }
    for (;;) {
      const { term } = ownership;
      let entry = await this.#heads.get(at, options.signal);
      if (entry !== undefined && isToOwn) entry = await ownership.acquire(entry, options);
      const isOurs = entry !== undefined && ownership.isOurs(entry.value.owner);
      if (!isOurs) memory.drop(at);
      if (entry === undefined) return undefined;
      const session = await this.#load(entry, { ...options, isOurs, isWhole });
      if (session === undefined) continue;
      session.term = term;
      const taken = take(session);
      if (isOurs) memory.keep(at, session);
      return taken;
    }
  }

  /** The session that was made; undefined: there is one already, or what was to be replaced is not as it was. */
  async create(head: Head, { isNewId, replaced }: CreateTerms): Promise<OpenSession | undefined> {
    const { store, memory, ownership } = this.#options;
    ownership.checkLife();
    const { term } = ownership;
    const at = headKey(head.key);
    const expected = replaced ?? ABSENT;
    const create = () => store.compareAndSet<Head>(at, expected, head);
    if (replaced !== undefined) memory.drop(at);
    const result = await this.rights.whileCreating(at, isNewId, () =>
      this.#heads.doubts.during(at, expected, create),
    );
    if (!result.ok) {
      if (memory.get(at)?.headRevision !== result.entry?.revision) memory.drop(at);
      return undefined;
    }
    const session = new OpenSession(frozen(head), result.revision);
    session.term = term;
    memory.keep(at, session);
    return session;
  }

  /** Removes the session if its head says so, whatever its log has. Undefined when it does not, or there is none. */
  async removeIf(
    key: SessionKey,
    options: OpenOptions,
    isOver: (head: Head) => Promise<boolean>,
  ): Promise<Pick<Removed, 'incarnation'> | undefined> {
    const { ownership } = this.#options;
    for (;;) {
      const entry = await this.#heads.get(headKey(key), options.signal);
      const ours = entry && (await ownership.acquire(entry, options));
      if (ours === undefined || !(await isOver(ours.value))) return undefined;
      const { incarnation } = ours.value;
      if (await this.removal.remove({ key, incarnation, headRevision: ours.revision }))
        return { incarnation };
    }
  }

  /** `eventBytes`: what the record's event takes. */
  async change(session: OpenSession, record: LogRecord, eventBytes: number): Promise<Changed> {
    const { store, memory, ownership } = this.#options;
    const at = headKey(session.key);
    const next = logKey(session.incarnation, session.revision + 1);
    if (this.#heads.isToSettle(session, at) && !(await this.#heads.settle(session, at)))
      return { outcome: 'moved' };
    const { doubts } = this.#heads;
    const guard = this.#heads.guardOf(session, at);
    try {
      const result = await store.compareAndSet<LogRecord>(next, ABSENT, record, { guard });
      doubts.answered(next);
      const theirs = result.ok ? undefined : result.entry?.value;
      if (result.ok) session.apply(record, eventBytes);
      else if (theirs !== undefined) session.applyStored(theirs);
      if ((result.ok || theirs !== undefined) && ownership.isOurs(session.head.owner))
        memory.keep(at, session);
      if (result.ok) {
        if (this.#isBaseDue(session)) await this.#writeBase(session, at);
        return { outcome: 'done' };
      }
      if (theirs?.id === record.id) return { outcome: 'repeated', revision: session.revision };
      return { outcome: 'moved' };
    } catch (error) {
      doubts.failed(next, ABSENT, error);
      if (!storeFaults.GUARD_LOST.matches(error)) throw error;
    }
    await this.#heads.lookAgain(session, at);
    return { outcome: 'moved' };
  }

  /** The change of that revision. */
  async changeAt({ incarnation }: OpenSession, revision: number): Promise<LogRecord | undefined> {
    return (await this.#options.store.get<LogRecord>(logKey(incarnation, revision)))?.value;
  }

  /** Gives the session to whom the head names then. False when this instance cannot. */
  async handOver(key: SessionKey, owner: Head['owner']): Promise<boolean> {
    const { store, memory, ownership, isNormal } = this.#options;
    const at = headKey(key);
    for (let session = this.inMemory(at); ; session = undefined) {
      const entry = session === undefined ? await this.#heads.get(at) : entryOf(session, at);
      if (entry === undefined || !ownership.mayGive(entry.value.owner)) return false;
      // Also when the primary has gone since the wish was heard: what was acknowledged must be there before the other is.
      if (!isNormal()) return false;
      const { value, revision } = entry;
      const give = () => store.compareAndSet<Head>(at, revision, { ...value, owner });
      const given = await memory.without(at, () => this.#heads.doubts.during(at, revision, give));
      if (given.ok) return true;
    }
  }

  /** Undefined when it is no longer as the head says. */
  async #load(
    entry: Entry<Head>,
    options: OpenOptions & { readonly isOurs: boolean; readonly isWhole: boolean },
  ): Promise<OpenSession | undefined> {
    const { store } = this.#options;
    const isStill = async () => {
      const now = await store.get<Head>(entry.key, { signal: options.signal });
      return now?.value.incarnation === entry.value.incarnation;
    };
    try {
      const session = await loadSession(store, entry, options);
      // Another instance may have deleted it meanwhile, and what was read be only a part of it.
      return options.isOurs || (await isStill()) ? session : undefined;
    } catch (error) {
      if (options.isOurs || storeFaults.STORE_UNAVAILABLE.matches(error) || (await isStill())) throw error;
      return undefined;
    }
  }

  /** What is in doubt may have been done by now. */
  async #lookForNext(session: OpenSession): Promise<void> {
    const { memory } = this.#options;
    const next = await this.changeAt(session, session.revision + 1);
    if (next === undefined) return;
    session.applyStored(next);
    memory.keep(headKey(session.key), session);
  }

  #isBaseDue({ changesSinceBase }: OpenSession): boolean {
    const { changesPerBase, isNormal } = this.#options;
    return changesSinceBase % changesPerBase === 0 && isNormal();
  }

  async #writeBase(session: OpenSession, at: string): Promise<void> {
    try {
      await this.#heads.write(session, at, { ...session.head, base: session.base() });
    } catch (error) {
      this.#options.onBaseFailed(error, session);
    }
  }
}

function itself(session: OpenSession): OpenSession {
  return session;
}

function entryOf(session: OpenSession, at: string): Entry<Head> {
  return { key: at, value: { ...session.head, base: session.base() }, revision: session.headRevision };
}

/** What a session is opened for: whether with all its events, and whether this instance is to own it. */
interface Use {
  readonly isWhole: boolean;
  readonly isToOwn: boolean;
}

const TO_CHANGE: Use = { isWhole: false, isToOwn: true };
const TO_READ: Use = { isWhole: true, isToOwn: false };
const TO_GLANCE: Use = { isWhole: false, isToOwn: false };
