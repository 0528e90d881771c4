import { classify, isCancelled, type Severity, severity } from '../faults/index.ts';
import { checkOptions, FUNCTION } from '../options/index.ts';
import { defineSignal, noSignals, type SignalCounts, Signals } from '../signals/index.ts';
import { systemClock } from '../time/index.ts';
import { currentFaults, faultKey } from './current-faults.ts';
import type { ErrorHandlerOptions } from './error-handler-options.ts';
import { type ErrorResponse, type Outcome, unrecovered } from './error-response.ts';
import { RecoveryManager } from './recovery-manager.ts';
import { type FaultReport, faultCleared, faultRaised, faultStorm, say } from './recovery-signals.ts';
import type { ErrorContext } from './recovery-strategy.ts';
import { stormGuard } from './storm-guard.ts';

/** Told when the recovery is over. What it answers is ignored, except that a promise that rejects is counted as an error. */
export type FaultListener = (response: ErrorResponse, component: string) => unknown;

/**
 * The one place where errors are handled: classify → signal → strategy → response.
 *
 * | severity | done by default |
 * |---|---|
 * | DEBUG, INFO | said as a signal, which is logged |
 * | WARNING | also kept as current, and recovered from by the fault's strategy |
 * | ERROR | also, when that does not succeed, by the fallback strategy |
 * | CRITICAL | said as an alert; and the component is restarted by the strategy `restart`, where there is one |
 *
 * Equal faults (same kind, same component) that are reported while one is being recovered share that recovery; what it
 * leads to, a restart and the subscribed modules that are told, happens once. A `RecoveryManager` does it, and keeps
 * it out of loops: failures of recoveries are outcomes, never handled themselves. What was cancelled by the caller is
 * no failure: nothing is said or done. Its functions may be taken off it.
 */
export class ErrorHandler {
  /** Handles anything thrown. Never throws and never rejects; answers in bounded time. */
  declare readonly handleError: (error: unknown, context?: Partial<ErrorContext>) => Promise<ErrorResponse>;

  /**
   * Carries out one strategy, whatever the fault declares, and says nothing of the fault itself: for who has handled
   * an error, or means to, and wants one thing tried. `fallback`, the default, is the handler's fallback strategy.
   * Never throws and never rejects.
   */
  declare readonly recover: (
    error: unknown,
    strategy?: string,
    context?: Partial<ErrorContext>,
  ) => Promise<Outcome>;

  /**
   * The faults that have neither been recovered from nor cleared, each kind's latest, of one component or all; the
   * stalest first. Of 1000 kinds at most.
   */
  declare readonly currentFaults: (component?: string) => readonly FaultReport[];

  /** Says that a component works again: forgets all its current faults, or those of one code. */
  declare readonly clear: (component: string, code?: string) => void;

  /**
   * Has a module told of faults of this severity or worse; default ERROR. Answers the way to stop. One that throws keeps
   * nobody else from hearing.
   */
  declare readonly subscribe: (listener: FaultListener, least?: Severity) => () => void;

  /** What subscribed modules and the reporter have done wrong, since it was made. */
  declare readonly counts: SignalCounts;

  /** Throws a RangeError or TypeError when an option is out of range. */
  constructor(options: ErrorHandlerOptions = {}) {
    const {
      component: usual = 'unknown',
      reporter,
      fallback = 'default_fallback',
      clock = systemClock,
      signals = noSignals,
    } = options;
    checkOptions('error handler', { reporter: [reporter, FUNCTION] });
    const current = currentFaults((report) => say(signals, faultCleared, report));
    const manager = new RecoveryManager(options, current.remove);
    const excess = stormGuard();
    const modules = new Signals(options);
    if (reporter) modules.on(faultRaised, ({ data }) => reporter(data.fault, data.context));

    function read(error: unknown, given: Partial<ErrorContext> | undefined): FaultReport {
      let context: ErrorContext = { component: usual };
      try {
        context = { ...context, ...given };
      } catch {
        // It throws when it is read: the error matters more.
      }
      if (typeof context.component !== 'string') context = { ...context, component: usual };
      return { fault: classify(error), context };
    }

    this.handleError = async (error, given) => {
      const startMs = clock.monotonicMs();
      const report = read(error, given);
      const { fault, context } = report;
      const { recovery } = fault;
      const level = isCancelled(fault) ? 0 : fault.severity;
      /** Whether this report has begun the recovery; another shares it, or is refused. */
      let isFirst = false;
      let outcome = unrecovered(true, 'it needs no recovery');
      const tried = [recovery];

      async function alsoTry(strategy: string): Promise<void> {
        if (tried.includes(strategy) || !manager.has(strategy)) return;
        tried.push(strategy);
        const next = await manager.recover(strategy, report);
        if (!outcome.success) outcome = next;
      }

      const key = faultKey(report);
      if (level >= severity.WARNING) current.add(report, key);
      /** How far in a storm of its kind it is: then nobody hears of it. */
      const beyond = level ? excess(key, startMs) : 0;
      if (level) {
        if (beyond < 1) for (const bus of [signals, modules]) say(bus, faultRaised, report);
        if (beyond === 1) say(signals, faultStorm, report);
      }
      if (level >= severity.WARNING) {
        outcome = await manager.recover(recovery, report, () => {
          isFirst = beyond < 1;
        });
        if (level >= severity.ERROR && !outcome.success) await alsoTry(fallback);
        if (level >= severity.CRITICAL && isFirst) await alsoTry('restart');
      }
      const { success: recovered, userMessage = fault.userMessage, ...rest } = outcome;
      const durationMs = clock.monotonicMs() - startMs;
      const response = { ...rest, recovered, userMessage, fault, durationMs };
      if (isFirst) modules.channel(faultHandled).emit(response, { source: context.component });
      return response;
    };
    this.recover = (error, strategy = 'fallback', given = undefined) =>
      manager.recover(strategy === 'fallback' ? fallback : strategy, read(error, given));
    this.currentFaults = current.of;
    this.clear = current.clear;
    this.subscribe = (listener, least = severity.ERROR) =>
      modules.on(faultHandled, ({ data, source }) =>
        data.fault.severity >= least ? listener(data, source) : undefined,
      );
    this.counts = modules.counts;
  }
}

const faultHandled = defineSignal<ErrorResponse>('fault.handled');
