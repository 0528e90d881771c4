import type { ChildEnd } from './exit-reason.ts';
import type { ChildHealth } from './health-watch.ts';

/** What a supervisor is doing now. Plain data, save for the faults. */
export interface SupervisorStatus {
  /** Its path: `studio/auralis`. */
  readonly id: string;
  /** `idle` before `start`, `exited` for good. */
  readonly state: 'idle' | 'starting' | 'running' | 'stopping' | 'exited';
  /** Restarts that count against the limit now. */
  readonly restartsInWindow: number;
  /** In the order in which they start. */
  readonly children: readonly ChildStatus[];
}

export interface ChildStatus {
  readonly id: string;
  /** `waiting` for its turn; `resting` until the end of its backoff; `ended` is not started again, save by hand. */
  readonly state: 'waiting' | 'resting' | 'starting' | 'running' | 'stopping' | 'ended';
  /** How often it has been started again. */
  readonly restarts: number;
  /** Why it ended the last time; absent when it never has. */
  readonly lastExit?: ChildEnd | undefined;
  /** What the checks of this run say; absent when it has none. */
  readonly health?: ChildHealth | undefined;
  /** What it supervises itself, where it is a supervisor that is up. */
  readonly supervisor?: SupervisorStatus | undefined;
}
