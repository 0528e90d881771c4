import type { Clock, Random } from '@sustain/kernel';
import type { Ending } from './ending.ts';
import type { Turns } from './turn.ts';

/** One call that a rule has chosen, as an effect sees it. `Result` is what the method answers. */
export interface Call<Result = unknown> {
  readonly args: readonly unknown[];
  /** Of this call alone, so that calls at the same time do not change what the others see. */
  readonly random: Random;
  readonly clock: Clock;
  /** False once the injection has ended: what then goes on does so as if nothing had been broken. */
  readonly isBroken: boolean;
  /** Makes the call: through the rules that follow, or for real. May be called never, later, or again and again. */
  proceed(args?: readonly unknown[]): Result;
  /**
   * Waits for `delayMs`, or for ever (FOREVER), at most until the injection ends. Rejects with the reason of the
   * AbortSignal that is among the arguments, or the `signal` of one of them, when it aborts; not when it is `deaf`.
   */
  pause(delayMs: number, options?: PauseOptions): Promise<void>;
  /** Calls `late` after `delayMs`, or when the injection ends. What it throws is uncaught, as of any timer. */
  later(delayMs: number, late: () => void): void;
  /** Starts rules for the calls of a function that is among the arguments, or in what is answered. */
  startRules(name: string, rules: readonly AnyRule[]): RuleChain;
  /** Says that the port gets `standIn` for the listener `original`, also when that is to be removed from it. */
  standIn(standIn: object, original: object): void;
  /** Writes a line into the trace. */
  note(what: string): void;
}

export interface PauseOptions {
  readonly deaf?: boolean;
  /** What else ends it. */
  readonly over?: Ending | undefined;
}

/** Takes a call through rules: those that choose it, in order, then the true function. */
export type RuleChain = (args: readonly unknown[], proceed: Proceed) => unknown;

export type Proceed = (args: readonly unknown[]) => unknown;

/**
 * What happens to a call. `Gives` is what it can answer, `Result` what the methods answer that it is made for: an effect
 * fits a method whose answer is between the two. A plain value: it may be used in many plans.
 */
export interface Effect<Gives = unknown, Result = unknown> {
  /** In the trace. */
  readonly name: string;
  /** Called for each rule when its injection starts; answers what its calls come to. What it remembers is that rule's. */
  readonly begin: () => (call: Call<Result>) => Gives;
}

export interface Rule<M extends AnyMethod> extends Turns {
  /** Looks at the arguments: only calls of which it holds are counted. Must not throw. */
  readonly where?: (...args: Parameters<M>) => boolean;
  readonly effect: Effect<ReturnType<M>, ReturnType<M>>;
}

/** One rule, or several: a call goes through all that choose it, the first is the outermost. */
export type Rules<M extends AnyMethod> = Rule<M> | readonly Rule<M>[];

export type AnyMethod = (...args: never[]) => unknown;

/** @internal A rule for whatever method. */
export interface AnyRule extends Turns {
  readonly where?: (...args: readonly unknown[]) => boolean;
  readonly effect: Effect<unknown, never>;
}
