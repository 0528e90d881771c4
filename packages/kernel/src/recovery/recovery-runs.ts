import { currentOperation, type Fault, type Operation } from '../faults/index.ts';
import type { Outcome } from './error-response.ts';
import type { ErrorContext } from './recovery-strategy.ts';

/** One recovery. */
export interface RecoveryRun {
  readonly key: string;
  readonly fault: Fault;
  /** The keys of the recoveries that have led to it, outermost first, its own last. */
  readonly chain: readonly string[];
  readonly operation: Operation;
  /** What it comes to. Undefined while it begins. */
  outcome?: Promise<Outcome>;
  /** Whether it has come to the fallback strategy. */
  fellBack?: boolean;
}

/** The recoveries of one handler that have not ended. */
export function recoveryRuns() {
  const mark = Symbol('recovery');
  const runs = new Map<unknown, RecoveryRun>();
  /** By what a run is known. */
  const names = ({ key, operation, fault }: RecoveryRun) => [key, operation.id, fault];

  return {
    /** Marks the contexts that strategies are given with their run. A symbol, so that copies made by spreading keep it. */
    mark,

    get: (key: string): RecoveryRun | undefined => runs.get(key),

    add(run: RecoveryRun): void {
      for (const name of names(run)) runs.set(name, run);
    },

    remove(run: RecoveryRun): void {
      // Another recovery of the same fault, which this one does not share, may have taken its place.
      for (const name of names(run)) if (runs.get(name) === run) runs.delete(name);
    },

    /**
     * The recovery from within which an error is reported, if it is: known by the context, by what caused it, or by
     * the operation where something carries it (`@sustain/kernel/node`).
     */
    behind(fault: Fault, context: ErrorContext): RecoveryRun | undefined {
      const { [mark]: marked } = context as { readonly [mark]?: RecoveryRun };
      let run = marked ?? runs.get(currentOperation()?.id);
      let error: unknown = fault;
      try {
        for (let depth = 0; !run && depth < MAX_CAUSES && error instanceof Error; depth++) {
          error = error.cause;
          run = runs.get(error);
        }
      } catch {
        // A cause that cannot even be asked what it is: the chain ends there.
      }
      return run;
    },
  };
}

const MAX_CAUSES = 10;
