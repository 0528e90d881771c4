import type { Fault } from '../faults/index.ts';
import type { RecoveryResult } from './recovery-strategy.ts';

/** What a recovery came to; shared by all who reported the same fault meanwhile. */
export interface Outcome extends RecoveryResult {
  /**
   * Whether what was tried last ran to its end, or nothing needed to be done. False when the strategy is unknown, threw,
   * took too long, or was refused to keep out of a loop.
   */
  readonly handled: boolean;
  /** How the recovery itself failed, where it did: TIMED_OUT, or what it threw. Never handled itself: that is a loop. */
  readonly failure?: Fault | undefined;
}

/** What became of an error. */
export interface ErrorResponse extends Omit<Outcome, 'success'> {
  /** What the error was. */
  readonly fault: Fault;
  /** Whether the component does useful work again. */
  readonly recovered: boolean;
  /** From the call to this answer. */
  readonly durationMs: number;
}

/** An outcome in which nothing was recovered; where the recovery itself failed, how. */
export function unrecovered(handled: boolean, message: string, failure?: Fault): Outcome {
  return { handled, success: false, fallbackUsed: false, message, failure };
}
