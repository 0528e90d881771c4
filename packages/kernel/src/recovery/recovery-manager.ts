import {
  classify,
  createOperation,
  currentOperation,
  isCancelled,
  type Operation,
  runInOperation,
} from '../faults/index.ts';
import { type Pipeline, pipeline, timeout } from '../policies/index.ts';
import { noSignals, type SignalSink } from '../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../time/index.ts';
import { faultKey } from './current-faults.ts';
import { type Outcome, unrecovered } from './error-response.ts';
import { type FaultReport, recoveryFinished, say } from './recovery-signals.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';
import { stormGuard } from './storm-guard.ts';

export interface RecoveryManagerOptions {
  /** What is done about faults, by the names that they declare. `none` is nobody's: it does nothing. Default: nothing. */
  readonly strategies?: Iterable<RecoveryStrategy>;
  /** How long a strategy may take that does not say so itself. Above 0. Default 30,000. */
  readonly strategyTimeoutMs?: number;
  /** Where it reports. Default: nowhere. */
  readonly signals?: SignalSink;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Carries out recovery strategies. Equal faults (same kind, same component) that come while a strategy recovers from
 * one share what it comes to, unless the strategy is not `shared`. Of one kind there are 100 recoveries within 10 s.
 *
 * **No loops.** No recovery leads to another: what is asked for from within one is refused at once, where that can be
 * seen: the strategy has not awaited anything yet, it uses its `context`, or something carries the operation
 * (`useAsyncOperations` of `@sustain/kernel/node`); otherwise a strategy that asks for its own recovery waits for
 * itself until its time is up.
 */
export class RecoveryManager {
  declare readonly has: (strategy: string) => boolean;

  /**
   * Carries out one strategy, whatever the fault declares. Never rejects: one that is unknown, throws, answers nonsense
   * or takes too long is an outcome, too. Nothing is done for what was cancelled. `onStart` is told when this call begins
   * one, and neither shares one nor is refused.
   */
  declare readonly recover: (strategy: string, report: FaultReport, onStart?: () => void) => Promise<Outcome>;

  /**
   * `onRecovered` is told of each success before anybody else is. Throws a RangeError when a time is out of range, or a
   * name is empty, taken or `none`.
   */
  constructor(options: RecoveryManagerOptions = {}, onRecovered?: (report: FaultReport) => void) {
    const {
      strategies = [],
      strategyTimeoutMs = 30_000,
      clock = systemClock,
      random = systemRandom,
      signals = noSignals,
    } = options;
    const limitTo = (ms: number) => pipeline({ name: 'recovery', clock }, timeout(ms));
    const usualLimit = limitTo(strategyTimeoutMs);
    const limits = new Map<string, Pipeline>();
    const known = new Map<string, RecoveryStrategy>();
    for (const strategy of strategies) {
      const { name, timeoutMs } = strategy;
      if (!name || name === NO_RECOVERY || known.has(name)) {
        throw new RangeError(`name of a strategy must be its own, not none; got ${name}`);
      }
      known.set(name, strategy);
      if (timeoutMs !== undefined) limits.set(name, limitTo(timeoutMs));
    }

    /** What is under way and shared. */
    const running = new Map<string, Running>();
    const excess = stormGuard();
    /** What is asked for from within a recovery has its operation in its context, or belongs to it. */
    const underWay = new Set<Operation | undefined>();
    const within = Symbol();

    this.has = (strategy) => known.has(strategy);
    this.recover = async (name, report, onStart) => {
      const { fault, context } = report;
      if (isCancelled(fault)) return unrecovered(true, 'cancelled');
      if (name === NO_RECOVERY) {
        onStart?.();
        return unrecovered(true, 'it needs no recovery');
      }
      const startMs = clock.monotonicMs();
      const key = `${faultKey(report)}\n${name}`;
      const theirs = running.get(key);
      const { [within]: marked } = context as { readonly [within]?: Operation };
      const isWithin = underWay.has(marked) || underWay.has(currentOperation());
      if (theirs?.outcome && !isWithin) return theirs.outcome;
      // One that has only just begun can be known only from within.
      if (theirs || isWithin) return unrecovered(false, 'refused: within a recovery');
      if (excess(key, startMs) > 0) return unrecovered(false, 'refused: storm');
      const strategy = known.get(name);
      const own: Running = {};
      if (strategy?.shared !== false) running.set(key, own);
      onStart?.();

      async function carryOut(): Promise<Outcome> {
        const operation = createOperation(`recover ${context.component}`, random);
        underWay.add(operation);
        let outcome: Outcome;
        try {
          const result = await (limits.get(name) ?? usualLimit).run((attempt) => {
            if (!strategy) throw new Error(`it is unknown; known are ${[...known.keys()]}`);
            return runInOperation(operation, () =>
              strategy.recover(fault, { ...context, [within]: operation }, attempt),
            );
          });
          outcome = { ...result, success: result.success === true, handled: true };
        } catch (cause) {
          const failure = classify(cause);
          outcome = unrecovered(false, `${name} failed itself: ${failure.message}`, failure);
        }
        // Before anybody hears that it is over: who reports the fault now reports news.
        running.delete(key);
        underWay.delete(operation);
        if (outcome.success) onRecovered?.(report);
        const durationMs = clock.monotonicMs() - startMs;
        const told = { ...outcome, ...report, output: undefined, strategy: name, durationMs };
        say(signals, recoveryFinished, told);
        return outcome;
      }
      own.outcome = carryOut();
      return own.outcome;
    };
  }
}

/** Without an outcome while it begins. */
interface Running {
  outcome?: Promise<Outcome>;
}

/** The name that faults declare for which nothing is done. */
const NO_RECOVERY = 'none';
