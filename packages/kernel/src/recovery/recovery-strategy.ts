import type { Fault } from '../faults/index.ts';
import type { Attempt } from '../policies/index.ts';

/** Where an error happened, and what is known about it there. Facts must be safe to log. */
export interface ErrorContext {
  /** The part of the system that failed: `audio-input`, `llm`. The same name that its supervisor gives it. */
  readonly component: string;
  readonly [fact: string]: unknown;
}

export interface RecoveryResult {
  /** Whether the component does useful work again, be it from a lesser source. */
  readonly success: boolean;
  /** Whether a lesser source of the same thing was used. */
  readonly fallbackUsed: boolean;
  /** For engineers: what was done, or why it could not be. */
  readonly message: string;
  /** The same for programs, where they may ask: `budget-spent`. */
  readonly reason?: string | undefined;
  /** For users, in plain words. Default: that of the fault. */
  readonly userMessage?: string | undefined;
  /** What the failed work should have made. */
  readonly output?: unknown;
}

/** What is done about a kind of fault. */
export interface RecoveryStrategy {
  /** The name by which faults declare it: `device_fallback`. */
  readonly name: string;
  /** How long it may take. Default: that of the handler. */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether equal faults that are reported while it runs share what it comes to. Default true; false where the answer
   * is made for the one who asked, as a cached response is.
   */
  readonly shared?: boolean | undefined;
  /**
   * Tries to recover. A failure is better answered than thrown; a throw counts as one. Errors of its own that are
   * worth a recovery themselves may be given to the handler with the same `context`. The signal aborts when its time
   * is up, and is made when it is read; what it answers later is ignored.
   */
  recover(
    fault: Fault,
    context: ErrorContext,
    attempt: Pick<Attempt, 'signal'>,
  ): Promise<RecoveryResult> | RecoveryResult;
}
