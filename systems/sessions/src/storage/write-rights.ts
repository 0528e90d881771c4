import { LOGS, parseLogKey } from '../layout/index.ts';
import type { Ownership } from '../ownership/index.ts';
import type { Doubts } from './in-doubt.ts';
import type { OpenSession } from './open-session.ts';
import type { SessionMemory } from './session-memory.ts';

/** What this instance may acknowledge while the primary is away, and what it knows not to exist. */
export class WriteRights {
  readonly #memory: SessionMemory;
  readonly #ownership: Ownership;
  readonly #doubts: Doubts;
  /** Heads and leftovers that are being written by this instance. */
  readonly #own = new Set<string>();
  /** Heads of sessions with ids that were just made. */
  readonly #absent = new Set<string>();

  constructor(memory: SessionMemory, ownership: Ownership, doubts: Doubts) {
    this.#memory = memory;
    this.#ownership = ownership;
    this.#doubts = doubts;
  }

  mayAcknowledge(key: string): boolean {
    if (this.#ownership.mark === undefined) return true;
    if (!this.#ownership.mayPromise) return false;
    if (this.#own.has(key)) return true;
    const log = parseLogKey(key);
    return log !== undefined && this.ownOf(log.incarnation) !== undefined;
  }

  /** Whether it is the next of a log that only this instance writes, or what it is creating under an id that it made. */
  knowsAbsent(key: string): boolean {
    if (this.#absent.has(key)) return true;
    const log = parseLogKey(key);
    if (log === undefined) return false;
    const session = this.ownOf(log.incarnation);
    return session?.revision === log.revision - 1 && !this.#doubts.mayHaveNext(session);
  }

  /** Whether nobody else writes it, and what it creates is like nothing else: an entry of a log, or a head under a new id. */
  isWrittenOnce(key: string): boolean {
    return key.startsWith(LOGS) || this.#absent.has(key);
  }

  /** Does what writes these keys, which this instance alone may. */
  async whileWriting<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const key of keys) this.#own.add(key);
    try {
      return await work();
    } finally {
      for (const key of keys) this.#own.delete(key);
    }
  }

  /** Of a given id another instance may be creating one as well, and nobody could tell. */
  async whileCreating<T>(headKey: string, isNewId: boolean, work: () => Promise<T>): Promise<T> {
    if (!isNewId) return work();
    this.#absent.add(headKey);
    this.#own.add(headKey);
    try {
      return await work();
    } finally {
      this.#own.delete(headKey);
      this.#absent.delete(headKey);
    }
  }

  /** The session, where this instance has it in memory and owns it. */
  ownOf(incarnation: string): OpenSession | undefined {
    const session = this.#memory.ofIncarnation(incarnation);
    if (session?.term !== this.#ownership.term) return undefined;
    return this.#ownership.isOurs(session.head.owner) ? session : undefined;
  }
}
