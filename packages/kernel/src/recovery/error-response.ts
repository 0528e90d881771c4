import type { Fault } from '../faults/index.ts';

/** What became of an error. */
export interface ErrorResponse {
  /** What the error was. */
  readonly fault: Fault;
  /**
   * Whether what the fault asks for was done: its strategy ran to its end, it needs none, or its component is being
   * restarted. False when the strategy is unknown, threw, took too long, or was refused by the loop guard.
   */
  readonly handled: boolean;
  /** Whether the component does useful work again. */
  readonly recovered: boolean;
  readonly fallbackUsed: boolean;
  /** For engineers: what was done, or why it was not. */
  readonly message: string;
  /** For users, in plain words: the strategy's, else the fault's. */
  readonly userMessage?: string | undefined;
  /** What the failed work should have made, where the recovery made it. */
  readonly output?: unknown;
  /** How the recovery itself failed, where it did. */
  readonly failure?: Fault | undefined;
  /** From the call to this answer. */
  readonly durationMs: number;
}

/** What a recovery came to; shared by all who reported the same fault meanwhile. */
export type Outcome = Omit<ErrorResponse, 'fault' | 'durationMs'>;

/** An outcome in which nothing was recovered; where the recovery itself failed, how. */
export function unrecovered(handled: boolean, message: string, failure?: Fault): Outcome {
  return { handled, recovered: false, fallbackUsed: false, message, failure };
}
