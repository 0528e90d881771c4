import type { Clock } from '@sustain/kernel';
import { ABSENT, type Revision } from '../contract.ts';
import { vouches } from './vouches.ts';

export interface KnownLimits {
  readonly maxKnownEntries: number;
  readonly maxKnownBytes: number;
  readonly absenceMaxAgeMs: number;
  /** Of which keys anything is kept. */
  readonly remembers: (key: string) => boolean;
}

/** What the primary had under a key when it was last asked. */
export interface Knowledge {
  /** The value as JSON; undefined: it did not exist. */
  readonly json: string | undefined;
  /** ABSENT when it did not exist. */
  readonly revision: Revision;
  /** When it ceases to exist, monotonic. Undefined: never, or not known. */
  readonly endsMs: number | undefined;
}

/**
 * @internal What was read and written through the primary, absences included, of what is to be remembered. What is too much is
 * forgotten: the oldest of what nobody has used since the last time that it might have been.
 *
 * Answers come in another order than the questions were put. So who asks takes a stamp first, and what it learns counts
 * only if no later stamp says otherwise.
 */
export class Known {
  readonly #clock: Clock;
  readonly #limits: KnownLimits;
  /** Those that go next come first. */
  readonly #all = new Map<string, Learnt>();
  #sizeBytes = 0;
  #stamp = 0;
  #newest: Revision = ABSENT;
  #isDated = false;
  /** What was asked before is too old for a key that nothing is known of: it may have been forgotten since. */
  #floor = 0;

  constructor(clock: Clock, limits: KnownLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get size(): number {
    return this.#all.size;
  }

  /** The greatest revision of the primary that was seen. */
  get newest(): Revision {
    return this.#newest;
  }

  /** Whether this run has seen how far the primary had come. */
  get isDated(): boolean {
    return this.#isDated;
  }

  /** The primary has given this revision just now: what is there already is not newer. */
  date(revision: Revision): void {
    this.hasSeen(revision);
    this.#isDated = true;
  }

  /** Somebody has seen a revision. */
  hasSeen(revision: Revision): void {
    this.#newest = Math.max(this.#newest, revision);
  }

  /** To be taken before the primary is asked. */
  stamp(): number {
    return this.#stamp;
  }

  /** What a read that began at `stamp` has found. `jsonOf` is called only when it is news. */
  read(key: string, revision: Revision, jsonOf: () => string | undefined, stamp: number): void {
    if (!this.#remembers(key, revision)) return;
    const before = this.#all.get(key);
    const writtenStamp = before?.writtenStamp ?? this.#floor;
    if (writtenStamp > stamp) return;
    // Of two reads beside each other the answers may come in either order; revisions tell which is newer,
    if (before !== undefined && revision !== ABSENT && revision < before.revision) return;
    // and nothing where one has found none.
    const isBeside = before !== undefined && before.learntStamp > stamp;
    if (isBeside && (before.revision === ABSENT) !== (revision === ABSENT)) {
      this.forget(key);
      return;
    }
    if (before !== undefined && before.revision === revision && revision !== ABSENT) {
      before.learntStamp = ++this.#stamp;
      before.isUsed = true;
    } else {
      this.#keep(key, jsonOf(), revision, undefined, writtenStamp);
    }
  }

  /** What a write has come to: nothing that was asked before says otherwise, unless others have written after it. */
  written(key: string, json: string | undefined, revision: Revision, ttlMs?: number): void {
    if (!this.#remembers(key, revision)) return;
    if (revision !== ABSENT && revision < (this.#all.get(key)?.revision ?? ABSENT)) return;
    const endsMs = ttlMs === undefined ? undefined : this.#clock.monotonicMs() + ttlMs;
    this.#keep(key, json, revision, endsMs, this.#stamp + 1);
  }

  touched(key: string, revision: Revision, ttlMs: number): void {
    const before = this.#all.get(key);
    if (before?.revision === revision) this.written(key, before.json, revision, ttlMs);
  }

  /** What is there is no longer known. */
  forget(key: string): void {
    this.#drop(key);
    this.#floor = ++this.#stamp;
  }

  /**
   * What is known of the key, as of `awaySinceMs`, when the primary was last there: an absence that was older then is no
   * knowledge, as others may have created it. What has expired since does not exist.
   */
  find(key: string, awaySinceMs: number): Knowledge | undefined {
    const known = this.#all.get(key);
    if (known === undefined) return undefined;
    if (known.json === undefined) {
      return known.learntMs + this.#limits.absenceMaxAgeMs < awaySinceMs ? undefined : known;
    }
    known.isUsed = true;
    const isOver = known.endsMs !== undefined && known.endsMs <= this.#clock.monotonicMs();
    return isOver ? { json: undefined, revision: ABSENT, endsMs: undefined } : known;
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  keys(): Iterable<string> {
    return this.#all.keys();
  }

  #remembers(key: string, revision: Revision): boolean {
    this.hasSeen(revision);
    return vouches(this.#limits.remembers, key);
  }

  #keep(
    key: string,
    json: string | undefined,
    revision: Revision,
    endsMs: number | undefined,
    writtenStamp: number,
  ): void {
    const learntStamp = ++this.#stamp;
    this.#drop(key);
    const sizeBytes = (key.length + (json?.length ?? 0)) * BYTES_PER_CHARACTER + OVERHEAD_BYTES;
    const learntMs = json === undefined ? this.#clock.monotonicMs() : 0;
    const learnt = { json, revision, endsMs, writtenStamp, learntStamp, sizeBytes, learntMs, isUsed: false };
    this.#all.set(key, learnt);
    this.#sizeBytes += sizeBytes;
    const { maxKnownEntries, maxKnownBytes } = this.#limits;
    if (this.#all.size > maxKnownEntries || this.#sizeBytes > maxKnownBytes) this.#forgetOldest();
  }

  /** Some at once: who walks a map from its beginning passes the places of all that were deleted there. */
  #forgetOldest(): void {
    const entries = Math.ceil(this.#limits.maxKnownEntries * KEPT_PART);
    const bytes = Math.ceil(this.#limits.maxKnownBytes * KEPT_PART);
    for (const [oldest, learnt] of this.#all) {
      if (this.#all.size <= entries && this.#sizeBytes <= bytes) break;
      if (learnt.isUsed) {
        learnt.isUsed = false;
        this.#all.delete(oldest);
        this.#all.set(oldest, learnt);
      } else {
        this.#drop(oldest);
        this.#floor = Math.max(this.#floor, learnt.learntStamp);
      }
    }
  }

  #drop(key: string): void {
    this.#sizeBytes -= this.#all.get(key)?.sizeBytes ?? 0;
    this.#all.delete(key);
  }
}

interface Learnt extends Knowledge {
  /** What was asked before says nothing against the last write. */
  readonly writtenStamp: number;
  learntStamp: number;
  readonly sizeBytes: number;
  /** Of an absence, monotonic. */
  readonly learntMs: number;
  /** Since it might have been forgotten the last time. */
  isUsed: boolean;
}

/** At most, in the host's memory. */
const BYTES_PER_CHARACTER = 2;
const OVERHEAD_BYTES = 200;
/** What stays of a full cache. */
const KEPT_PART = 31 / 32;
