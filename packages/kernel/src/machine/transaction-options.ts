import type { Signals } from '../signals/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import type { Doing } from './attempt.ts';

export interface Step {
  /** For reports. */
  readonly name: string;
  readonly do: Doing;
  /** Takes back what `do` has done. Must also do when that was not all of it. Default: nothing needs to be taken back. */
  readonly undo?: Doing;
  /** Whether `undo` is called also when `do` has thrown or answered `false`: it may have done a part. Default false. */
  readonly undoPartial?: boolean;
  /** How long `do` may take. Default: `stepDeadlineMs` of the transaction. */
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
  /** How long all steps together may take. 1 or more. Default: as long as each of them may. */
  readonly deadlineMs?: number;
  /** How long one step may take. 1 or more. Default 30,000. */
  readonly stepDeadlineMs?: number;
  /** How long a step that was told to stop is waited for. 1 or more. Default 1000. */
  readonly graceMs?: number;
  /** How long each undo may take. 1 or more. Default 5000. */
  readonly undoDeadlineMs?: number;
  /** How long each try of a safe state may take. 1 or more. Default 5000. */
  readonly safeDeadlineMs?: number;
  /** How often each safe state is tried. 1 or more. Default 3. */
  readonly safeTries?: number;
  /** The wait between two tries. 1 or more. Default 100. */
  readonly safeRetryMs?: number;
  readonly clock?: Clock;
  /** Where `transaction.finished` is told. Default: nowhere. */
  readonly signals?: Signals;
}

/** The options with their defaults. Throws a RangeError that says which is wrong, what was got and what is allowed. */
export function checkTransaction(steps: readonly Step[], options: TransactionOptions) {
  const rules = { name: 'transaction', clock: systemClock, ...DEFAULTS, ...options };
  for (const key of Object.keys(DEFAULTS)) check(key, rules[key as keyof typeof DEFAULTS]);
  for (const { deadlineMs = 1 } of [options, ...steps]) check('deadlineMs', deadlineMs);
  return rules;
}

const DEFAULTS = {
  stepDeadlineMs: 30_000,
  graceMs: 1000,
  undoDeadlineMs: 5000,
  safeDeadlineMs: 5000,
  safeTries: 3,
  safeRetryMs: 100,
};

function check(what: string, value: unknown): void {
  if (Number.isFinite(value) && (value as number) >= 1) return;
  throw new RangeError(`${what} must be a finite number, 1 or more; got ${String(value)}`);
}
