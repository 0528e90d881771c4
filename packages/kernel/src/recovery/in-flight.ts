import { currentOperation, type Fault, type Operation, runInOperation } from '../faults/index.ts';
import type { Outcome } from './error-response.ts';
import type { ErrorContext } from './recovery-strategy.ts';

/** One recovery. */
export interface RecoveryRun {
  readonly key: string;
  readonly fault: Fault;
  /** The keys of the recoveries that have led to it, outermost first, its own last. */
  readonly chain: readonly string[];
  readonly operation: Operation;
  /** What it comes to, once it waits for something. */
  outcome?: Promise<Outcome>;
}

/** The recoveries of one handler that have not ended. */
export class InFlight {
  /** Marks the contexts that strategies are given. A symbol, so that copies made by spreading keep it. */
  readonly #mark = Symbol('recovery in flight');
  /** Those that wait for something, by key, by the id of their operation and by fault. */
  readonly #runs = new Map<unknown, RecoveryRun>();
  /** The one whose code runs at this moment, as long as it has not awaited anything. */
  #synchronous: RecoveryRun | undefined;

  /** What the recovery of this key comes to, if one is in flight. */
  outcome(key: string): Promise<Outcome> | undefined {
    return this.#runs.get(key)?.outcome;
  }

  /** Runs a recovery, which must neither throw nor reject, with a context that tells it apart. */
  run(
    run: RecoveryRun,
    context: ErrorContext,
    recover: (context: ErrorContext) => Outcome | Promise<Outcome>,
  ): Outcome | Promise<Outcome> {
    const before = this.#synchronous;
    this.#synchronous = run;
    const outcome = runInOperation(run.operation, () => recover({ ...context, [this.#mark]: run }));
    this.#synchronous = before;
    if (!(outcome instanceof Promise)) return outcome;
    const known = [run.key, run.operation.id, run.fault];
    for (const name of known) this.#runs.set(name, run);
    run.outcome = outcome.then((ended) => {
      // Another recovery of the same fault, which this one does not share, may have taken its place.
      for (const name of known) if (this.#runs.get(name) === run) this.#runs.delete(name);
      return ended;
    });
    return run.outcome;
  }

  /**
   * The recovery from within which an error is reported, if it is: known by the context, by what caused it, or by
   * the operation where something carries it (`@sustain/kernel/node`).
   */
  behind(fault: Fault, context: ErrorContext): RecoveryRun | undefined {
    const marked = (context as object as Record<symbol, RecoveryRun | undefined>)[this.#mark];
    const inner = marked ?? this.#synchronous;
    if (inner !== undefined || this.#runs.size === 0) return inner;
    const operation = currentOperation();
    let run = this.#runs.get(operation?.id) ?? this.#runs.get(operation?.parentId);
    let error: unknown = fault;
    try {
      for (let depth = 0; run === undefined && depth < MAX_CAUSES && error instanceof Error; depth++) {
        error = error.cause;
        run = this.#runs.get(error);
      }
    } catch {
      // A cause that cannot even be asked what it is: the chain ends there.
    }
    return run;
  }
}

const MAX_CAUSES = 10;
