import { type Entry, FIRST_LOCAL, type Guard, type Store, storeFaults } from '@sustain/stores';
import { frozen } from '../checks/index.ts';
import type { Head } from '../layout/index.ts';
import type { Ownership } from '../ownership/index.ts';
import { Doubts } from './in-doubt.ts';
import type { OpenSession } from './open-session.ts';
import type { SessionMemory } from './session-memory.ts';

export interface SessionHeadsOptions {
  readonly store: Store;
  readonly memory: SessionMemory;
  readonly ownership: Ownership;
  readonly isNormal: () => boolean;
}

/** The heads of sessions: which of them are surely as they seem. To be called while the session's lock is held. */
export class SessionHeads {
  readonly #options: SessionHeadsOptions;
  /** What was sent may take them away, or give them to others, when that is known no longer. */
  readonly doubts = new Doubts();

  constructor(options: SessionHeadsOptions) {
    this.#options = options;
  }

  /** The head, when no write of it is in doubt any more that could take it from this instance. */
  async get(at: string, signal?: AbortSignal): Promise<Entry<Head> | undefined> {
    const { store, ownership, isNormal } = this.#options;
    let entry = await store.get<Head>(at, { signal });
    while (this.doubts.mayChange(at, entry?.revision) && entry !== undefined) {
      if (!ownership.isOurs(entry.value.owner)) break;
      const { value, revision } = entry;
      const result = await store.compareAndSet<Head>(at, revision, value);
      entry = result.ok ? { key: at, value, revision: result.revision } : result.entry;
    }
    // Whatever was seen before, also what this instance has deleted itself: another one may have made it since.
    if (entry === undefined && ownership.mark !== undefined && !isNormal()) {
      const reason = 'whether it exists is not known while its primary is away';
      throw storeFaults.STORE_UNAVAILABLE({ store: store.name, reason });
    }
    return entry;
  }

  /**
   * That the session is still this instance's. Left out where it cannot be checked when the primary returns: of a head that
   * is itself not there yet, which nobody else can have taken, or one that may have been written anew by this instance.
   */
  guardOf({ headRevision }: OpenSession, at: string): Guard | undefined {
    const isUncheckable = headRevision >= FIRST_LOCAL || this.doubts.mayChange(at, headRevision);
    if (isUncheckable && !this.#options.isNormal()) return undefined;
    return { key: at, revision: headRevision };
  }

  /** Whether a write of the head is in doubt, and can be settled now. */
  isToSettle({ headRevision }: OpenSession, at: string): boolean {
    return this.doubts.mayChange(at, headRevision) && this.#options.isNormal();
  }

  /**
   * Writes the head once more, so that what is in doubt can no longer change it under a change that is guarded by it.
   * False when the session is no longer this instance's.
   */
  async settle(session: OpenSession, at: string): Promise<boolean> {
    if (await this.write(session, at, session.head)) return true;
    await this.lookAgain(session, at);
    return this.#options.memory.get(at) === session;
  }

  /** Whether it was still as it was. */
  async write(session: OpenSession, at: string, head: Head): Promise<boolean> {
    const { store } = this.#options;
    const { headRevision } = session;
    const write = () => store.compareAndSet<Head>(at, headRevision, head);
    const result = await this.doubts.during(at, headRevision, write);
    if (!result.ok) return false;
    session.head = head;
    session.headRevision = result.revision;
    return true;
  }

  /** The head has changed: by this instance, whose answer was lost, or by another one. */
  async lookAgain(session: OpenSession, at: string): Promise<void> {
    const { store, memory, ownership } = this.#options;
    const entry = await store.get<Head>(at);
    const isSame = entry?.value.incarnation === session.incarnation && ownership.isOurs(entry.value.owner);
    if (!isSame) return memory.drop(at);
    session.head = frozen(entry.value);
    session.headRevision = entry.revision;
  }
}
