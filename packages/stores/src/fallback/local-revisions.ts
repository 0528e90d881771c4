import type { Random } from '@sustain/kernel';
import type { Revision } from '../contract.ts';

/** Revisions that are given while the primary is away begin here: no primary gets that far. */
export const FIRST_LOCAL: Revision = 2 ** 52;

/** No entry is ever at it, so that nothing but an operation that was done before succeeds with it. */
export const NEVER: Revision = Number.MAX_SAFE_INTEGER;

/**
 * @internal The revisions of journalled writes, which are also their numbers in the journal: they grow. They begin
 * anywhere in 2^51, so that one of another instance, or of a journal that was thrown away, is not taken for one of these.
 */
export class LocalRevisions {
  #next: Revision;
  readonly #aliases = new Map<Revision, Revision>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.#next = FIRST_LOCAL + this.#draw(2 ** 26) * 2 ** 25 + this.#draw(2 ** 25);
  }

  next(): Revision {
    return this.#next++;
  }

  /** Of the revisions of an earlier run the last that is left: the next are greater, also than those that are gone. */
  goOnAfter(revision: Revision): void {
    if (this.#next <= revision) this.#next = revision + this.#draw(2 ** 31) + 2 ** 31;
  }

  /** The write that was told as `local` has become `revision` in the primary. */
  became(local: Revision, revision: Revision): void {
    this.#aliases.set(local, revision);
    if (this.#aliases.size <= MAX_ALIASES) return;
    for (const oldest of this.#aliases.keys()) {
      this.#aliases.delete(oldest);
      break;
    }
  }

  /** The primary's revision of that write, where it is known; else the same. */
  inPrimary(revision: Revision): Revision {
    return this.#aliases.get(revision) ?? revision;
  }

  /** Whether both are of the same write. */
  isSame(one: Revision, other: Revision): boolean {
    return this.inPrimary(one) === this.inPrimary(other);
  }

  /** A whole number below `end`. */
  #draw(end: number): number {
    return Math.floor(this.#random.next() * end);
  }
}

const MAX_ALIASES = 100_000;
