import { ABSENT, mayHaveHappened, type Revision } from '@sustain/stores';
import { BoundedMap } from '../bounded-map.ts';
import { logKey } from '../layout/index.ts';
import type { OpenSession } from './open-session.ts';

/**
 * Entries of which a write is in doubt, and at which revision each was then: it is no longer when the entry is at another
 * one, as the write was for this one.
 */
export class Doubts {
  readonly #revisions = new BoundedMap<Revision>({ entries: MAX_DOUBTS });

  /** What comes of `work`, which writes the key upon this revision: what was in doubt before is known by its answer. */
  async during<T>(key: string, revision: Revision, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.answered(key);
      return result;
    } catch (error) {
      this.failed(key, revision, error);
      throw error;
    }
  }

  /** A write of the key has been answered. */
  answered(key: string): void {
    if (this.#revisions.size > 0) this.#revisions.delete(key);
  }

  /** A write of the key, upon this revision, has failed so. */
  failed(key: string, revision: Revision, error: unknown): void {
    if (mayHaveHappened(error)) this.#revisions.set(key, revision);
  }

  /** Whether a write may still change the entry that is at this revision now. */
  mayChange(key: string, revision: Revision | undefined): boolean {
    if (this.#revisions.size === 0) return false;
    if (this.#revisions.get(key) === revision) return revision !== undefined;
    this.#revisions.delete(key);
    return false;
  }

  /** Whether a change of the session's next revision was sent that may be there now, or come later. */
  mayHaveNext({ incarnation, revision }: OpenSession): boolean {
    return this.#revisions.size > 0 && this.mayChange(logKey(incarnation, revision + 1), ABSENT);
  }
}

/** No request is under way for as long as it takes to fail so many more. */
const MAX_DOUBTS = 10_000;
