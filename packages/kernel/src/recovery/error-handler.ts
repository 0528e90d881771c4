import {
  type Classify,
  classify,
  createOperation,
  Fault,
  isCancelled,
  runInOperation,
  type Severity,
  severity,
} from '../faults/index.ts';
import { checkFunctions, checkOptions, POSITIVE } from '../options/index.ts';
import { defineSignal, noSignals, type SignalCounts, Signals } from '../signals/index.ts';
import { systemClock, systemRandom } from '../time/index.ts';
import { carriesOut } from './carry-out.ts';
import { type CurrentFault, currentFaults, faultKey } from './current-faults.ts';
import type { ErrorHandlerOptions } from './error-handler-options.ts';
import { type ErrorResponse, type Outcome, unrecovered } from './error-response.ts';
import { loopGuard } from './loop-guard.ts';
import { RecoveryManager } from './recovery-manager.ts';
import { type RecoveryRun, recoveryRuns } from './recovery-runs.ts';
import {
  alertRequested,
  type FaultReport,
  faultRaised,
  faultStorm,
  recoveryRefused,
  restartRequested,
  say,
} from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult } from './recovery-strategy.ts';

export interface FaultInterest {
  /** Faults this bad or worse. Default ERROR. */
  readonly severity?: Severity;
  /** Faults of this component. Default: of all. */
  readonly component?: string;
}

/** Told when the recovery is over. What it answers is ignored, except that a promise that rejects is counted as an error. */
export type FaultListener = (told: FaultReport & { readonly response: Outcome }) => unknown;

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
 * What was cancelled by the caller is no failure: nothing is said or done. Its functions may be taken off it.
 *
 * **No loops.** Failures of recoveries are outcomes, never handled themselves. A strategy that reports the fault that
 * it recovers is refused at once, where that can be seen: it used its `context`, its fault as a cause, or something
 * carries the operation (`useAsyncOperations` of `@sustain/kernel/node`); otherwise it waits for itself until its
 * time is up. Recoveries that lead to recoveries are limited in depth, all together in number.
 */
export class ErrorHandler {
  /** Handles anything thrown. Never throws and never rejects; answers in bounded time. */
  declare readonly handleError: (error: unknown, context: ErrorContext) => Promise<ErrorResponse>;

  /**
   * Carries out one strategy, whatever the fault declares, and says nothing of the fault itself: for who has handled
   * an error, or means to, and wants one thing tried. `strategy` is by default `fallback`, which is the handler's
   * fallback strategy, unless there is one of that name. Never throws and never rejects; bounded in time and guarded
   * against loops as all recoveries.
   */
  declare readonly recover: (
    error: unknown,
    strategy?: string,
    context?: ErrorContext,
  ) => Promise<Outcome & RecoveryResult>;

  /** The faults that have neither been recovered from nor cleared, of one component or all; the stalest first. */
  declare readonly currentFaults: (component?: string) => readonly CurrentFault[];

  /** Says that a component works again: forgets all its current faults, or those of one code. */
  declare readonly clear: (component: string, code?: string) => void;

  /** Has a module told of faults. Answers the way to stop. One that throws keeps nobody else from hearing. */
  declare readonly subscribe: (interest: FaultInterest, listener: FaultListener) => () => void;

  /** What subscribed modules have done wrong, since it was made. */
  declare readonly counts: SignalCounts;

  /** Throws a RangeError or TypeError when an option is out of range. */
  constructor(options: ErrorHandlerOptions = {}) {
    const {
      strategies: known = [],
      fallback = 'default_fallback',
      strategyTimeoutMs = 30_000,
      restartComponent,
      classify: toFault = classify,
      loopLimits,
      clock = systemClock,
      random = systemRandom,
      signals = noSignals,
    } = options;
    checkOptions('error handler', { strategyTimeoutMs: [strategyTimeoutMs, POSITIVE] });
    checkFunctions('error handler', { restartComponent, classify: toFault });
    const strategies = known instanceof RecoveryManager ? known : new RecoveryManager(known);
    const carryOut = carriesOut(strategies, strategyTimeoutMs, clock, signals);
    const guard = loopGuard(loopLimits);
    /** How often a fault is spoken of; recoveries have a guard of their own, so that notes do not use theirs up. */
    const voice = loopGuard(loopLimits);
    const current = currentFaults(clock, signals);
    const runs = recoveryRuns();
    const modules = new Signals({ clock });
    const isShared = (strategy: string) => strategies.get(strategy)?.shared !== false;

    /** `wanted` is the one strategy that somebody asked for; without it the fault is reported, and its own is meant. */
    async function handle(fault: Fault, context: ErrorContext, wanted?: string): Promise<Outcome> {
      if (isCancelled(fault)) return unrecovered(true, 'cancelled: not a failure');
      const { component, ...facts } = context;
      const strategy = wanted ?? fault.recovery;
      const at = { component, fault };
      const key = faultKey(at, wanted);
      const nowMs = clock.monotonicMs();
      const excess = voice.excess(key, nowMs);
      if (!wanted) {
        const isNoted = fault.severity < severity.WARNING;
        if (!isNoted) current.add(key, at);
        if (!excess) say(signals, faultRaised, at, { facts });
        if (excess === 1) say(signals, faultStorm, at, {});
        if (isNoted) return unrecovered(true, 'only noted');
      }
      const theirs = isShared(strategy) ? runs.get(key) : undefined;
      // One that has just begun can only be reported from within.
      const behind = runs.behind(fault, context) ?? (theirs?.outcome ? undefined : theirs);
      if (theirs && !behind) {
        const outcome = (await theirs.outcome) as Outcome;
        return theirs.fellBack && !isShared(fallback) ? handle(fault, context, fallback) : outcome;
      }
      const { chain = [] } = behind ?? {};
      const why = guard.refuses(key, chain, nowMs);
      if (why) {
        if (!excess) say(signals, recoveryRefused, at, { why });
        return unrecovered(false, `refused: ${why}`);
      }
      // Two recoveries that wait for each other would wait for ever.
      if (theirs) return unrecovered(true, 'it is being recovered already');
      const operation = createOperation(`recover ${component}`, random);
      const run: RecoveryRun = { key, fault, chain: [...chain, key], operation };
      runs.add(run);
      run.outcome = recover(run, at, { ...context, [runs.mark]: run }, strategy, !wanted);
      const response = await run.outcome;
      if (!wanted) modules.channel(faultHandled).emit({ ...at, response }, { source: component });
      return response;
    }

    async function recover(
      run: RecoveryRun,
      at: FaultReport,
      context: ErrorContext,
      strategy: string,
      isReport: boolean,
    ): Promise<Outcome> {
      const { component, fault } = at;
      const isCritical = isReport && fault.severity === severity.CRITICAL;
      const carry = (name: string) => runInOperation(run.operation, () => carryOut(name, at, context));
      if (isCritical) say(signals, alertRequested, at, {});
      let outcome = await carry(strategy);
      const isRestarted = outcome.recovered && strategy === 'restart';
      const isEnough = outcome.recovered || !isReport || fault.severity < severity.ERROR;
      if (!isEnough && fallback !== strategy && strategies.get(fallback)) {
        run.fellBack = true;
        const second = await carry(fallback);
        const message = `${outcome.message}; then ${fallback}: ${second.message}`;
        if (second.handled) outcome = { ...second, message };
      }
      // Before anybody hears that it is over: who reports it now reports news.
      runs.remove(run);
      if (outcome.recovered) current.remove(faultKey(at));
      if (isCritical && !isRestarted) {
        let accepted = false;
        try {
          accepted = restartComponent?.(component, fault) === true;
        } catch {
          // Whoever restarts components is broken: nobody does.
        }
        say(signals, restartRequested, at, { accepted });
        if (accepted) outcome = { ...outcome, handled: true };
      }
      return outcome;
    }

    this.counts = modules.counts;
    this.currentFaults = current.of;
    this.clear = current.clear;
    this.handleError = async (error, context) => {
      const startMs = clock.monotonicMs();
      const fault = faultOf(toFault, error);
      const outcome = await handle(fault, contextOf(context));
      const { userMessage = fault.userMessage } = outcome;
      return { ...outcome, fault, userMessage, durationMs: clock.monotonicMs() - startMs };
    };
    this.recover = async (error, strategy = 'fallback', context = undefined) => {
      const wanted = strategies.get(strategy) || strategy !== 'fallback' ? strategy : fallback;
      const outcome = await handle(faultOf(toFault, error), contextOf(context), wanted);
      return { ...outcome, success: outcome.recovered };
    };
    this.subscribe = ({ severity: least = severity.ERROR, component }, listener) =>
      modules.on(faultHandled, ({ data }) =>
        data.fault.severity >= least && data.component === (component ?? data.component)
          ? listener(data)
          : undefined,
      );
  }
}

/**
 * A copy of the context, in which `component` is the default. Never throws: callers without types may forget it, or
 * hand in something that throws, while an error is at hand.
 */
export function contextOf(context: Partial<ErrorContext> | undefined, component = 'unknown'): ErrorContext {
  try {
    const copy = { component, ...context };
    return typeof copy.component === 'string' ? copy : { ...copy, component };
  } catch {
    return { component };
  }
}

/** The fault that an error is. A `given` classification with broken rules still classifies. Never throws. */
function faultOf(given: Classify, error: unknown): Fault {
  try {
    const fault: unknown = given(error);
    if (fault instanceof Fault) return fault;
  } catch {
    // What it is asked about matters more: the kernel's own rules decide.
  }
  return classify(error);
}

const faultHandled = defineSignal<FaultReport & { readonly response: Outcome }>('fault.handled');
