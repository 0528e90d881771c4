import { createOperation, type Fault, isCancelled, severity } from '../faults/index.ts';
import type { SignalSink } from '../signals/index.ts';
import type { Clock } from '../time/index.ts';
import { carryOut } from './carry-out.ts';
import { type CurrentFault, CurrentFaults, faultKey } from './current-faults.ts';
import { checkHandlerOptions, type ErrorHandlerOptions } from './error-handler-options.ts';
import {
  after,
  type ErrorResponse,
  type HandlerCounts,
  type Outcome,
  unrecovered,
} from './error-response.ts';
import { type FaultInterest, type FaultListener, FaultSubscribers } from './fault-subscribers.ts';
import { InFlight } from './in-flight.ts';
import { LoopGuard } from './loop-guard.ts';
import { contextOf, faultOf } from './read-report.ts';
import {
  alertRequested,
  type FaultReport,
  faultCleared,
  faultRaised,
  faultStorm,
  recoveryRefused,
  restartRequested,
  say,
} from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult } from './recovery-strategy.ts';

/**
 * The one place where errors are handled: classify → signal → strategy → response.
 *
 * | severity | done by default |
 * |---|---|
 * | DEBUG, INFO | said as a signal, which is logged |
 * | WARNING | also kept as current, and recovered from by the fault's strategy |
 * | ERROR | also, when that does not succeed, by the fallback strategy |
 * | CRITICAL | also an alert, and the component's restart is requested after the recovery, unless that was one |
 *
 * Subscribed modules are told when the recovery is over. Equal faults (same kind, same component) that are reported
 * while one is being recovered share that recovery and its outcome, save what a strategy with `shared: false` answers.
 * What was cancelled by the caller is no failure: nothing is said or done.
 *
 * **No loops.** Failures of recoveries are outcomes, never handled themselves. A strategy that reports the fault that
 * it recovers is refused at once, where that can be seen: it used its `context`, its fault as a cause, or something
 * carries the operation (`useAsyncOperations` of `@sustain/kernel/node`); otherwise it waits for itself until its
 * time is up. Recoveries that lead to recoveries are limited in depth, all together in number.
 */
export class ErrorHandler {
  readonly #options: ReturnType<typeof checkHandlerOptions>;
  readonly #clock: Clock;
  readonly #signals: SignalSink;
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
    this.#clock = this.#options.clock;
    this.#signals = this.#options.signals;
    this.#guard = new LoopGuard(options.loopLimits);
    this.#voice = new LoopGuard(options.loopLimits);
    this.#current = new CurrentFaults(this.#options.maxCurrentFaults);
  }

  /** What has gone wrong in handling, since it was made. */
  get counts(): HandlerCounts {
    const { listenerErrors, lastListenerError } = this.#subscribers.counts;
    return {
      subscriberErrors: listenerErrors,
      lastSubscriberError: lastListenerError,
      suppressed: this.#suppressed,
    };
  }

  /** Handles anything thrown. Never throws and never rejects; answers in bounded time. */
  async handleError(error: unknown, context: ErrorContext): Promise<ErrorResponse> {
    const startMs = this.#clock.monotonicMs();
    const fault = faultOf(this.#options.classify, error);
    const outcome = await this.#handle(fault, contextOf(context));
    const { userMessage = fault.userMessage } = outcome;
    return { ...outcome, fault, userMessage, durationMs: this.#clock.monotonicMs() - startMs };
  }

  /**
   * Carries out one strategy, whatever the fault declares, and says nothing of the fault itself: for who has handled
   * an error, or means to, and wants one thing tried. `fallback` is the handler's fallback strategy, unless there is
   * one of that name. Never throws and never rejects; bounded in time and guarded against loops as all recoveries.
   */
  async recover(
    error: unknown,
    strategy = 'fallback',
    context?: ErrorContext,
  ): Promise<Outcome & RecoveryResult> {
    const { strategies, fallback, classify } = this.#options;
    const name = strategy === 'fallback' && !strategies.get(strategy) ? fallback : strategy;
    const outcome = await this.#handle(faultOf(classify, error), contextOf(context), name);
    return { ...outcome, success: outcome.recovered };
  }

  /** The faults that have neither been recovered from nor cleared, of one component or all; the stalest first. */
  currentFaults(component?: string): readonly CurrentFault[] {
    return this.#current.of(component);
  }

  /** Says that a component works again: forgets all its current faults, or those of one code. */
  clear(component: string, code?: string): void {
    for (const current of this.#current.of(component)) {
      if (code === undefined || current.fault.code === code) this.#clear(current, 'cleared');
    }
  }

  /** Has a module told of faults. Answers the way to stop. */
  subscribe(interest: FaultInterest, listener: FaultListener): () => void {
    return this.#subscribers.add(interest, listener);
  }

  /** `wanted` is the one strategy that somebody asked for; without it the fault is reported, and its own is meant. */
  #handle(fault: Fault, context: ErrorContext, wanted?: string): Outcome | Promise<Outcome> {
    if (isCancelled(fault)) return CANCELLED;
    const { component, ...facts } = context;
    const at = { component, fault };
    const key = faultKey(component, fault);
    const nowMs = this.#clock.monotonicMs();
    if (wanted !== undefined) {
      const own = `${key}\n${wanted}`;
      return this.#guarded(own, at, context, wanted, this.#voice.admit(own, nowMs) === undefined);
    }
    const storm = this.#voice.admit(key, nowMs);
    const isNoted = fault.severity < severity.WARNING;
    if (!isNoted) this.#current.add(key, component, fault, nowMs);
    if (storm === undefined) say(this.#signals, faultRaised, at, { facts });
    else {
      this.#suppressed++;
      const { windowMs } = this.#voice.limits;
      if (storm.first) say(this.#signals, faultStorm, at, { limit: storm.limit, windowMs });
    }
    return isNoted ? NOTED : this.#guarded(key, at, context, undefined, storm === undefined);
  }

  /** Recovers, unless that would be a loop, or somebody else is at it. */
  #guarded(
    key: string,
    at: FaultReport,
    context: ErrorContext,
    wanted: string | undefined,
    audible: boolean,
  ): Outcome | Promise<Outcome> {
    const { component, fault } = at;
    const behind = this.#inFlight.behind(fault, context);
    const chain = behind?.chain ?? [];
    const run = (recover: (context: ErrorContext) => Outcome | Promise<Outcome>) => {
      const operation = createOperation(`recover ${component}`, this.#options.random);
      return this.#inFlight.run({ key, fault, chain: [...chain, key], operation }, context, recover);
    };
    const theirs = this.#isShared(wanted ?? fault.recovery) ? this.#inFlight.outcome(key) : undefined;
    if (theirs !== undefined && behind === undefined) {
      return theirs.then((outcome) => {
        const { first } = outcome;
        if (first === undefined || this.#isShared(this.#options.fallback)) return outcome;
        return run((marked) => this.#fallBack(first, at, marked));
      });
    }
    const why = this.#guard.refuses(key, chain, this.#clock.monotonicMs());
    if (why !== undefined) {
      if (audible) say(this.#signals, recoveryRefused, at, { why });
      return unrecovered(false, `refused, to keep out of a loop: ${why}`);
    }
    // Two recoveries that wait for each other would wait for ever.
    if (theirs !== undefined) return unrecovered(true, 'it is being recovered already');
    return run((marked) => this.#recover(at, marked, wanted));
  }

  #recover(at: FaultReport, context: ErrorContext, wanted?: string): Outcome | Promise<Outcome> {
    const { fault } = at;
    const isCritical = wanted === undefined && fault.severity === severity.CRITICAL;
    if (isCritical) say(this.#signals, alertRequested, at, {});
    const last = after(carryOut(this.#options, wanted ?? fault.recovery, at, context), (outcome) =>
      outcome.recovered || wanted !== undefined || fault.severity < severity.ERROR
        ? outcome
        : this.#fallBack(outcome, at, context),
    );
    return after(last, (outcome) => {
      const { recovered } = outcome;
      if (recovered) this.#clear(at, 'recovered');
      const isRestarted = recovered && fault.recovery === 'restart';
      const response =
        isCritical && !isRestarted && this.#restart(at) ? { ...outcome, handled: true } : outcome;
      if (wanted === undefined) this.#subscribers.tell({ ...at, response });
      return response;
    });
  }

  #fallBack(first: Outcome, at: FaultReport, context: ErrorContext): Outcome | Promise<Outcome> {
    const { fallback, strategies } = this.#options;
    if (fallback === at.fault.recovery || strategies.get(fallback) === undefined) return first;
    return after(carryOut(this.#options, fallback, at, context), (second) =>
      second.handled
        ? { ...second, message: `${first.message}; then ${fallback}: ${second.message}`, first }
        : { ...first, first },
    );
  }

  #restart(at: FaultReport): boolean {
    let accepted = false;
    try {
      accepted = this.#options.restartComponent(at.component, at.fault) === true;
    } catch {
      // Whoever restarts components is broken: nobody does.
    }
    say(this.#signals, restartRequested, at, { accepted });
    return accepted;
  }

  #isShared(strategy: string): boolean {
    return this.#options.strategies.get(strategy)?.shared !== false;
  }

  #clear({ component, fault }: FaultReport, why: 'recovered' | 'cleared'): void {
    const cleared = this.#current.remove(faultKey(component, fault));
    if (cleared === undefined) return;
    say(this.#signals, faultCleared, cleared, { why, activeMs: this.#clock.monotonicMs() - cleared.firstMs });
  }
}

const NOTED = unrecovered(true, 'only noted');
const CANCELLED = unrecovered(true, 'cancelled: not a failure');
