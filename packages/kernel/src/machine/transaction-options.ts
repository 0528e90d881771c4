import type { Signals } from '../signals/index.ts';
import type { Clock } from '../time/index.ts';

/** May be asynchronous. `false` and a throw are failures. It should heed its signal. */
export type Doing = (signal: AbortSignal) => unknown;

export interface Step {
  /** For reports. */
  readonly name: string;
  /** What fails must leave nothing behind: it is not undone itself. */
  readonly do: Doing;
  /** Takes back what `do` has done. Must also do when that was not all of it. Default: nothing needs to be taken back. */
  readonly undo?: Doing;
  /** How long `do` may take. Above 0. Default: that of the transaction. */
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
  /** How long each step may take. Above 0. Default 30,000. */
  readonly deadlineMs?: number;
  /** How long each undo, each try of a safe state, and a step that was told to stop may take. Above 0. Default 5000. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  /** Where `transaction.finished` is told. Default: nowhere. */
  readonly signals?: Signals;
}
