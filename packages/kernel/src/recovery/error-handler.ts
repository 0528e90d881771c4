import {
  type Classify,
  classify as classifyAny,
  createOperation,
  Fault,
  kernelFaults,
  runInOperation,
  severity,
} from '../faults/index.ts';
import { type CurrentFault, CurrentFaults, faultKey } from './current-faults.ts';
import { checkHandlerOptions, type ErrorHandlerOptions } from './error-handler-options.ts';
import { type ErrorResponse, type Outcome, unrecovered } from './error-response.ts';
import { type FaultInterest, type FaultListener, FaultSubscribers } from './fault-subscribers.ts';
import { InFlight } from './in-flight.ts';
import { LoopGuard, type LoopRefusal } from './loop-guard.ts';
import { recoveryFaults } from './recovery-faults.ts';
import { RecoveryReports } from './recovery-reports.ts';
import type { ErrorContext } from './recovery-strategy.ts';
import { runStrategy } from './run-strategy.ts';
import { NO_RECOVERY } from './strategy-registry.ts';

/**
 * The one place where errors are handled: classify → signal → strategy → response.
 *
 * | severity | done by default |
 * |---|---|
 * | DEBUG, INFO | said as a signal, which is logged |
 * | WARNING | also kept as current, and recovered from by the fault's strategy |
 * | ERROR | also, when that does not succeed, by the fallback strategy |
 * | CRITICAL | also an alert, and the component's restart is requested after the recovery |
 *
 * Subscribed modules are told when the recovery is over. Equal faults (same kind, same component) that are reported
 * while one is being recovered share that recovery and its outcome. What was cancelled by the caller is no failure:
 * nothing is said or done.
 *
 * **No loops.** Failures of recoveries are outcomes, never handled themselves. A strategy that reports the fault that
 * it recovers is refused at once, where that can be seen: it used its `context`, its fault as a cause, or something
 * carries the operation (`useAsyncOperations` of `@sustain/kernel/node`); otherwise it waits for itself until its
 * time is up. Recoveries that lead to recoveries are limited in depth, all together in number.
 */
export class ErrorHandler {
  readonly #options: ReturnType<typeof checkHandlerOptions>;
  readonly #classify: Classify;
  readonly #reports: RecoveryReports;
  readonly #guard: LoopGuard;
  /** How often a fault is spoken of; recoveries have a guard of their own, so that notes do not use theirs up. */
  readonly #voice: LoopGuard;
  readonly #current: CurrentFaults;
  readonly #inFlight = new InFlight();
  readonly #subscribers = new FaultSubscribers();
  #suppressed = 0;

  /** Throws a RangeError when an option is out of range. */
  constructor(options: ErrorHandlerOptions = {}) {
    this.#options = checkHandlerOptions(options);
    this.#classify = safely(this.#options.classify);
    this.#reports = new RecoveryReports(this.#options.signals);
    this.#guard = new LoopGuard(this.#options.loopLimits);
    this.#voice = new LoopGuard(this.#options.loopLimits);
    this.#current = new CurrentFaults(this.#options.maxCurrentFaults);
  }

  /** What has gone wrong in handling, since it was made. */
  get counts(): {
    readonly subscriberErrors: number;
    readonly lastSubscriberError: unknown;
    /** Faults of which nothing was said, in storms. */
    readonly suppressed: number;
  } {
    const { errors, lastError } = this.#subscribers;
    return { subscriberErrors: errors, lastSubscriberError: lastError, suppressed: this.#suppressed };
  }

  /** Handles anything thrown. Never throws and never rejects; answers in bounded time. */
  async handleError(error: unknown, context: ErrorContext): Promise<ErrorResponse> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const fault = this.#classify(error);
    const { failure: _, ...outcome } = await this.#handle(fault, copyOf(context));
    return {
      fault,
      ...(fault.userMessage !== undefined && { userMessage: fault.userMessage }),
      ...outcome,
      durationMs: clock.monotonicMs() - startMs,
    };
  }

  /** The faults that have neither been recovered from nor cleared, of one component or all; the stalest first. */
  currentFaults(component?: string): readonly CurrentFault[] {
    return this.#current.of(component);
  }

  /** Says that a component works again: forgets all its current faults, or those of one code. */
  clear(component: string, code?: string): void {
    for (const { fault } of this.#current.of(component)) {
      if (code === undefined || fault.code === code) this.#clear(component, fault, 'cleared');
    }
  }

  /** Has a module told of faults. Answers the way to stop. */
  subscribe(interest: FaultInterest, listener: FaultListener): () => void {
    return this.#subscribers.add(interest, listener);
  }

  #handle(fault: Fault, context: ErrorContext): Promise<Outcome> | Outcome {
    if (kernelFaults.CANCELLED.matches(fault)) return unrecovered(true, 'cancelled: not a failure');

    const { component } = context;
    const key = faultKey(component, fault);
    const behind = this.#inFlight.behind(fault, context);
    const { audible, stormOver } = this.#voice.admit(key, [], this.#nowMs());
    if (fault.severity >= severity.WARNING) this.#current.add(component, fault, this.#nowMs());
    if (stormOver !== undefined)
      this.#reports.storm(component, fault, stormOver, this.#guard.limits.windowMs);
    if (audible) this.#reports.raised(context, fault);
    else this.#suppressed++;

    if (fault.severity < severity.WARNING) return unrecovered(true, 'only noted');
    const shared = this.#inFlight.outcome(key);
    if (shared !== undefined && behind === undefined) return shared;
    const { refusal } = this.#guard.admit(key, behind?.chain ?? [], this.#nowMs());
    if (refusal !== undefined) return this.#refuse(component, fault, refusal, audible);
    // Two recoveries that wait for each other would wait for ever.
    if (shared !== undefined) return unrecovered(true, 'it is being recovered already');

    const operation = createOperation(`recover ${component}`, this.#options.random);
    const run = { key, fault, chain: [...(behind?.chain ?? []), key], operation };
    return this.#inFlight.run(run, context, (marked) =>
      runInOperation(operation, () => this.#recover(fault, marked)),
    );
  }

  #refuse(component: string, fault: Fault, refusal: LoopRefusal, audible: boolean): Outcome {
    if (audible) this.#reports.refused(component, fault, refusal);
    return unrecovered(false, `refused, to keep out of a loop: ${REFUSED[refusal]}`);
  }

  async #recover(fault: Fault, context: ErrorContext): Promise<Outcome> {
    const { component } = context;
    if (fault.severity === severity.CRITICAL) this.#reports.alert(component, fault);

    let outcome = await this.#execute(fault.recovery, fault, context);
    if (!outcome.recovered && fault.severity >= severity.ERROR) {
      outcome = await this.#fallBack(outcome, fault, context);
    }
    if (outcome.recovered) this.#clear(component, fault, 'recovered');
    if (fault.severity === severity.CRITICAL && this.#restart(component, fault)) {
      outcome = { ...outcome, handled: true };
    }
    this.#subscribers.tell({ component, fault, response: outcome });
    return outcome;
  }

  async #fallBack(first: Outcome, fault: Fault, context: ErrorContext): Promise<Outcome> {
    const { fallback, strategies } = this.#options;
    if (fallback === fault.recovery || strategies.get(fallback) === undefined) return first;
    const second = await this.#execute(fallback, fault, context);
    if (!second.handled) return first;
    return { ...second, message: `${first.message}; then ${fallback}: ${second.message}` };
  }

  async #execute(name: string, fault: Fault, context: ErrorContext): Promise<Outcome> {
    if (name === NO_RECOVERY) return unrecovered(true, 'it needs no recovery');
    const { strategies, strategyTimeoutMs, clock } = this.#options;
    const { component } = context;
    const strategy = strategies.get(name);
    if (strategy === undefined) {
      const facts = { strategy: name, component, known: strategies.names };
      const unknown = recoveryFaults.STRATEGY_UNKNOWN(facts);
      this.#reports.finished(component, fault, name, unrecovered(false, unknown.message, unknown), 0);
      return unrecovered(false, unknown.message, unknown);
    }
    const startMs = this.#nowMs();
    this.#reports.started(component, fault, name);
    const timeoutMs = strategy.timeoutMs ?? strategyTimeoutMs;
    const outcome = await runStrategy(strategy, fault, context, timeoutMs, clock);
    this.#reports.finished(component, fault, name, outcome, this.#nowMs() - startMs);
    return outcome;
  }

  #restart(component: string, fault: Fault): boolean {
    let accepted = false;
    try {
      accepted = this.#options.restartComponent(component, fault) === true;
    } catch {
      accepted = false; // Whoever restarts components is broken: nobody does.
    }
    this.#reports.restart(component, fault, accepted);
    return accepted;
  }

  #clear(component: string, fault: Fault, why: 'recovered' | 'cleared'): void {
    const cleared = this.#current.remove(component, fault);
    if (cleared !== undefined) this.#reports.cleared(cleared, why, this.#nowMs());
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

const REFUSED: Readonly<Record<LoopRefusal, string>> = {
  'own-recovery': 'it was reported by its own recovery',
  'too-deep': 'too many recoveries have led to it',
  storm: 'it has come too often lately',
};

/** A `classify` with broken rules still classifies. */
function safely(classify: Classify): Classify {
  return (error) => {
    try {
      const fault: unknown = classify(error);
      if (fault instanceof Fault) return fault;
    } catch {
      // What it is asked about matters more: the kernel's own rules decide.
    }
    return classifyAny(error);
  };
}

/** Callers without types may forget the context, or hand in something that throws, while an error is at hand. */
function copyOf(context: ErrorContext | undefined): ErrorContext {
  try {
    const copy = { ...context };
    return { ...copy, component: typeof copy.component === 'string' ? copy.component : 'unknown' };
  } catch {
    return { component: 'unknown' };
  }
}
