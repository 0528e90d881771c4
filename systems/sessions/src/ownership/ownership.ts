import type { Entry } from '@sustain/stores';
import type { Head, Owner } from '../layout/index.ts';

/** Which sessions this instance may write. */
export interface Ownership {
  readonly instance: string;
  /** What a head says that is this instance's; undefined where there is no other one. */
  readonly mark: Owner | undefined;
  /** Whether no other instance may write a session whose head says this. */
  isOurs(owner: Owner | undefined): boolean;
  /** Whether nobody but this instance can write any more what an instance has left that was this. */
  isNobodyElses(owner: Owner | undefined): boolean;
  /** Whether a session whose head says this may be handed over by this instance, in this life. */
  mayGive(owner: Owner | undefined): boolean;
  /** Whether this instance may still promise writes that no other one sees before the primary store is back. */
  readonly mayPromise: boolean;
  /** Whether no other instance can have taken, without asking it, what was this instance's since `term` is what it is. */
  readonly knowsAll: boolean;
  /** Another number after each time in which others could. */
  readonly term: number;
  /** Throws INSTANCE_NAME_TAKEN when another life has this instance's name now. */
  checkLife(): void;
  /**
   * The head when it is ours: taken where nobody has it, asked for where another instance has. Undefined when the session
   * is gone. Rejects with SESSION_HELD_ELSEWHERE when the other does not give it.
   */
  acquire(entry: Entry<Head>, options: AcquireOptions): Promise<Entry<Head> | undefined>;
  /** Begins. Rejects with what the stores reject with; it can be tried again then. */
  open(): Promise<void>;
  /** Lets others have all of it. To be called when nothing is under way any more. */
  close(): Promise<void>;
}

export interface AcquireOptions {
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
}
