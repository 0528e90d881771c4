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
}

/** Marks the context that a strategy is given. A symbol, so that copies of the context made by spreading keep it. */
const RUN = Symbol('recovery in flight');

/** The recoveries that have not ended. */
export class InFlight {
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #byOperation = new Map<string, RecoveryRun>();
  readonly #byFault = new Map<Fault, RecoveryRun>();
  /** The one whose code runs at this moment, as long as it has not awaited anything. */
  #synchronous: RecoveryRun | undefined;

  /** What the recovery of this key comes to, if one is in flight. */
  outcome(key: string): Promise<Outcome> | undefined {
    return this.#outcomes.get(key);
  }

  /** Runs a recovery, which must not reject, with a context that tells it apart. */
  run(
    run: RecoveryRun,
    context: ErrorContext,
    recover: (context: ErrorContext) => Promise<Outcome>,
  ): Promise<Outcome> {
    this.#byOperation.set(run.operation.id, run);
    this.#byFault.set(run.fault, run);
    const before = this.#synchronous;
    this.#synchronous = run;
    const outcome = recover({ ...context, [RUN]: run }).finally(() => {
      this.#outcomes.delete(run.key);
      this.#byOperation.delete(run.operation.id);
      this.#byFault.delete(run.fault);
    });
    this.#synchronous = before;
    this.#outcomes.set(run.key, outcome);
    return outcome;
  }

  /**
   * The recovery from within which an error is reported, if it is: known by the context, by what caused it, or by
   * the operation where something carries it (`@sustain/kernel/node`).
   */
  behind(fault: Fault, context: ErrorContext): RecoveryRun | undefined {
    const marked = (context as { readonly [RUN]?: RecoveryRun })[RUN];
    if (marked !== undefined) return marked;
    if (this.#byFault.size === 0) return undefined;
    return this.#synchronous ?? this.#behindOperation(currentOperation()) ?? this.#behindCauses(fault);
  }

  #behindOperation(operation: Operation | undefined): RecoveryRun | undefined {
    if (operation === undefined) return undefined;
    return this.#byOperation.get(operation.id) ?? this.#byOperation.get(operation.parentId ?? '');
  }

  #behindCauses(fault: Fault): RecoveryRun | undefined {
    let cause = fault.cause;
    for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
      const run = this.#byFault.get(cause as Fault);
      if (run !== undefined) return run;
      cause = cause.cause;
    }
    return undefined;
  }
}

const MAX_CAUSES = 10;
