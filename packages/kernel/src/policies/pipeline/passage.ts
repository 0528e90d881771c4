import type { Operation } from '../../faults/index.ts';

/** How a call has come to the work that has passed all gates at once. */
export interface Passage {
  /** The operation that it is a part of. */
  readonly current: Operation | undefined;
  /** `changes.count` when it passed the gates. */
  readonly began: number;
  /** Its places in the queues of deadlines. */
  readonly place0: number;
  readonly place1: number;
  /** Whether it has left by the gates, too. */
  readonly isOver: boolean;
  /** Ends the wait for work that may be abandoned. */
  readonly interrupt: (() => void) | undefined;
}
