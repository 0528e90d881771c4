import type { Guard, Revision } from '../contract.ts';

/**
 * That nobody else does what this is the lease for. From when it was acquired until it is released or lost, it renews
 * itself.
 *
 * No lock can stop a holder that was paused: it may wake up and write when another has it. So let the store look: give
 * `guard` to every write, and the store refuses those of a holder that has lost it, with GUARD_LOST. What is outside of
 * the store and can compare takes `token`, and refuses lesser ones than it has seen. For all else there is `signal`.
 *
 * Not reentrant: who has it and acquires it again waits for itself.
 */
export interface Lease extends AsyncDisposable {
  readonly key: string;
  /** Of who has it, as it was given. */
  readonly holder: string;
  /** The fencing token: greater than those of all who had it before. */
  readonly token: Revision;
  /** For `WriteOptions`. */
  readonly guard: Guard;
  /**
   * Aborts with LEASE_LOST when the lease is known to be lost, or may be: when the store has not confirmed it for so long
   * that others may soon have it. Asking for it looks at the clock: after a pause, `lease.signal` is aborted before any
   * timer has had its turn, one that was kept in a variable not yet. Time in which the whole machine was asleep may not
   * count for its clock: then only the store knows.
   */
  readonly signal: AbortSignal;
  /** How long it is certain without another renewal; 0 when it is lost or released. */
  readonly remainingMs: number;
  /**
   * Lets go, and lets the next in line know. Never rejects: when the store cannot be told, the lease ends by its ttl.
   * Also good when it is lost: who has stopped makes room earlier. Harmless when repeated, and to others.
   */
  release(): Promise<void>;
}
