import { mayHaveHappened } from '@sustain/stores';
import type { OpenSession } from './open-session.ts';

export interface MemoryLimits {
  readonly maxSessions: number;
  readonly maxBytes: number;
}

/**
 * The sessions that this instance keeps in memory, least recently used first. Where they take too much, they lose their
 * events, and only then themselves: to change a session takes none of them, and all else of it is small. What is forgotten
 * is read from the store when it is next wanted.
 */
export class SessionMemory {
  readonly #limits: MemoryLimits;
  /** By the keys of their heads. */
  readonly #all = new Map<string, Kept>();
  /** Those that have events to lose. */
  readonly #withEvents = new Map<string, Kept>();
  readonly #byIncarnation = new Map<string, OpenSession>();
  #sizeBytes = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(headKey: string): OpenSession | undefined {
    const kept = this.#all.get(headKey);
    if (kept === undefined) return undefined;
    moveToEnd(this.#all, headKey, kept);
    if (this.#withEvents.has(headKey)) moveToEnd(this.#withEvents, headKey, kept);
    return kept.session;
  }

  ofIncarnation(incarnation: string): OpenSession | undefined {
    return this.#byIncarnation.get(incarnation);
  }

  /** To be called again when it has grown. */
  keep(headKey: string, session: OpenSession): void {
    let kept = this.#all.get(headKey);
    if (kept?.session !== session) {
      if (kept !== undefined) this.drop(headKey);
      kept = { session, sizeBytes: 0 };
      this.#all.set(headKey, kept);
      this.#byIncarnation.set(session.incarnation, session);
    }
    this.#measure(kept);
    if (session.eventsSizeBytes > 0) this.#withEvents.set(headKey, kept);
    this.#makeRoomFor(headKey);
  }

  drop(headKey: string): void {
    const kept = this.#all.get(headKey);
    if (kept === undefined) return;
    this.#sizeBytes -= kept.sizeBytes;
    this.#all.delete(headKey);
    this.#withEvents.delete(headKey);
    this.#byIncarnation.delete(kept.session.incarnation);
  }

  /** Does what may take the session away, during which nobody sees it here; it is back when that was refused. */
  async without<T>(headKey: string, work: () => Promise<T>): Promise<T> {
    const session = this.get(headKey);
    this.drop(headKey);
    try {
      return await work();
    } catch (error) {
      if (session !== undefined && !mayHaveHappened(error)) this.keep(headKey, session);
      throw error;
    }
  }

  /**
   * Some at once: who walks a map from its beginning passes the places of all that were deleted there. The last one stays,
   * however large it is.
   */
  #makeRoomFor(last: string): void {
    const { maxSessions, maxBytes } = this.#limits;
    if (this.#all.size <= maxSessions && this.#sizeBytes <= maxBytes) return;
    const sessions = this.#all.size > maxSessions ? Math.ceil(maxSessions * KEPT_PART) : maxSessions;
    const bytes = this.#sizeBytes > maxBytes ? maxBytes * KEPT_PART : maxBytes;
    for (const [headKey, kept] of this.#withEvents) {
      if (this.#sizeBytes <= bytes) break;
      if (headKey === last) continue;
      kept.session.forgetEvents();
      this.#withEvents.delete(headKey);
      this.#measure(kept);
    }
    for (const headKey of this.#all.keys()) {
      if (this.#all.size <= sessions && this.#sizeBytes <= bytes) break;
      if (headKey !== last) this.drop(headKey);
    }
  }

  #measure(kept: Kept): void {
    const { sizeBytes } = kept.session;
    this.#sizeBytes += sizeBytes - kept.sizeBytes;
    kept.sizeBytes = sizeBytes;
  }
}

/** What stays of a full memory. */
const KEPT_PART = 31 / 32;

interface Kept {
  readonly session: OpenSession;
  /** What it took when it was last looked at. */
  sizeBytes: number;
}

function moveToEnd(kept: Map<string, Kept>, headKey: string, one: Kept): void {
  kept.delete(headKey);
  kept.set(headKey, one);
}
