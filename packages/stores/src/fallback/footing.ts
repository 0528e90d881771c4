import type { Revision } from '../contract.ts';

/** @internal What the primary has that stands for what a write was made on. */
export interface Footing {
  /** NEVER when nothing there does: what others have written has come between. */
  readonly at: Revision;
  /** What is there up to this revision may be replaced, too: it is not newer than what the write was made on. */
  readonly replaces: Revision;
  /** When it ceases to exist by itself, monotonic. */
  readonly endsMs: number | undefined;
  readonly value: unknown;
}
