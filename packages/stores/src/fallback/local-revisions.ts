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

  constructor(random: Random) {
    this.#next =
      FIRST_LOCAL + Math.floor(random.next() * 2 ** 26) * 2 ** 25 + Math.floor(random.next() * 2 ** 25);
  }

  next(): Revision {
    return this.#next++;
  }

  /** A revision of an earlier run: the next ones are greater. */
  goOnAfter(revision: Revision): void {
    this.#next = Math.max(this.#next, revision + 1);
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
}

const MAX_ALIASES = 100_000;
