import type { FaultPlan } from './fault-plan.ts';

export interface SimulationOptions {
  /** What goes wrong. Default: what the seed says, within the odds that the program gives. */
  readonly plan?: FaultPlan | undefined;
  /** Nothing varies but what the plan says: the least latencies, and the order of arrival. Default false. */
  readonly calm?: boolean | undefined;
  /** More is endless. Default 1,000,000. */
  readonly maxEvents?: number | undefined;
  /** More simulated time is endless. Default one day. */
  readonly maxMs?: number | undefined;
  /** Gives up: `simulate` rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended. */
export type Ending =
  | { readonly state: 'held' } // the program ended, and all invariants held
  | {
      readonly state: 'violated';
      readonly invariant: string;
      readonly error: unknown;
      /** The line of the trace after which it did not hold. */
      readonly event: string;
    }
  | { readonly state: 'failed'; readonly error: unknown } // the program rejected, or something of it threw where nobody catches
  | { readonly state: 'stuck' } // the program waits, and there is nothing left that could happen
  | { readonly state: 'endless'; readonly limit: string };

export type SimulationResult = Ending & {
  readonly seed: number;
  /** What went wrong. With the same seed, as a plan, it is the same run. */
  readonly faults: FaultPlan;
  readonly events: number;
  readonly endMs: number;
  /** A line an event, and a line a note: the time in milliseconds, and what happened. */
  readonly trace: readonly string[];
  /** The line that does it again: see `replayOf`. */
  readonly replay: string;
};
