import type { Operation } from '../../faults/index.ts';
import type { Progress } from './attempt.ts';

/** How one call of a pipeline is made. */
export interface RunOptions {
  /**
   * The caller's own: when it aborts, the run ends as cancelled and rejects with the signal's reason. A wait ends
   * at once; work that is running is told through `attempt.signal` and waited for, unless a timeout abandons it.
   * Work that succeeds all the same has succeeded. A cancelled run counts as a failure nowhere.
   */
  readonly signal?: AbortSignal | undefined;
  /** The operation that the run belongs to. Default: the current one. */
  readonly operation?: Operation | undefined;
  /** The name of the operation that is made when there is none. Default: the pipeline's name. */
  readonly name?: string | undefined;
  /** What the call is about, for the policies that go by it: the keys of locks, caches, keyed breakers. */
  readonly key?: string | undefined;
  /** Who goes first where calls wait, and who is refused last: the greater. Any number. Default 0. */
  readonly priority?: number | undefined;
  /** When all of it must be over, on the clock's monotonic time: no retry waits longer. Default: never. */
  readonly deadlineMs?: number | undefined;
  /** @internal Hears how far the attempts come: of a run inside of another. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
