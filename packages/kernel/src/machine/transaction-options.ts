import type { Signals } from '../signals/index.ts';
import type { Clock } from '../time/index.ts';
import type { Doing } from './attempt.ts';

export interface Step {
  /** For reports. */
  readonly name: string;
  readonly do: Doing;
  /** Takes back what `do` has done. Must also do when that was not all of it. Default: nothing needs to be taken back. */
  readonly undo?: Doing;
  /** Whether `undo` is called also when `do` has thrown or answered `false`: it may have done a part. Default false. */
  readonly undoPartial?: boolean;
  /** How long `do` may take. Above 0. Default: `stepDeadlineMs` of the transaction. */
  readonly deadlineMs?: number;
}

export interface TransactionOptions {
  /** Whose transaction it is: the source of its signal. Default `transaction`. */
  readonly name?: string;
  /**
   * Enters the state in which nothing can go wrong: tried whenever the transaction does not reach its goal, after the
   * undos. A list goes from the preferred one to the last resort. Default: none; the state before is the safe one.
   */
  readonly safeState?: Doing | readonly Doing[];
  /** The caller's: an abort stops the steps, but neither undos nor the safe state. */
  readonly signal?: AbortSignal | undefined;
  /** How long all steps together may take. Above 0. Default: as long as each of them may. */
  readonly deadlineMs?: number;
  /** How long one step may take. Above 0. Default 30,000. */
  readonly stepDeadlineMs?: number;
  /** How long a step that was told to stop is waited for. Above 0. Default 1000. */
  readonly graceMs?: number;
  /** How long each undo, and each try of a safe state, may take. Above 0. Default 5000. */
  readonly undoDeadlineMs?: number;
  /** How often each safe state is tried, 100 ms after it has failed. A whole number, 1 or more. Default 3. */
  readonly safeTries?: number;
  readonly clock?: Clock;
  /** Where `transaction.finished` is told. Default: nowhere. */
  readonly signals?: Signals;
}
