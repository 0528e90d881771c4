import { classify } from '../faults/index.ts';
import { type Pipeline, pipeline, timeout } from '../policies/index.ts';
import type { SignalSink } from '../signals/index.ts';
import type { Clock } from '../time/index.ts';
import { type Outcome, unrecovered } from './error-response.ts';
import { recoveryFaults } from './recovery-faults.ts';
import { NO_RECOVERY, type RecoveryManager } from './recovery-manager.ts';
import { type FaultReport, recoveryFinished, recoveryStarted, say } from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult } from './recovery-strategy.ts';

/**
 * Carries out the strategy of this name, in its time, and says so. Never rejects: a strategy that throws, answers
 * nonsense or takes too long is an outcome, too.
 */
export type CarryOut = (name: string, at: FaultReport, context: ErrorContext) => Promise<Outcome>;

/** A strategy may take `defaultMs`, unless it says so itself. */
export function carriesOut(
  strategies: RecoveryManager,
  defaultMs: number,
  clock: Clock,
  signals: SignalSink,
): CarryOut {
  const limits = new Map<number, Pipeline>();
  const limitTo = (ms: number) => {
    const limit = limits.get(ms) ?? pipeline({ name: 'recovery', clock }, timeout(ms));
    limits.set(ms, limit);
    return limit;
  };
  // So that the first error does not wait for it to be made.
  limitTo(defaultMs);
  return async (name, at, context) => {
    if (name === NO_RECOVERY) return unrecovered(true, 'it needs no recovery');
    const startMs = clock.monotonicMs();
    let outcome: Outcome;
    try {
      const strategy = strategies.get(name);
      if (!strategy) throw new Error(`it is unknown; known are ${strategies.names.join(', ')}`);
      say(signals, recoveryStarted, at, { strategy: name });
      const limit = limitTo(strategy.timeoutMs ?? defaultMs);
      const result = await limit.run(({ signal }) => strategy.recover(at.fault, context, signal));
      const { success, fallbackUsed, message, userMessage, output } = Object(result) as RecoveryResult;
      if (typeof success !== 'boolean')
        throw new TypeError('it must answer { success, fallbackUsed, message }');
      outcome = {
        handled: true,
        recovered: success,
        fallbackUsed: fallbackUsed === true,
        message: String(message),
        userMessage,
        output,
      };
    } catch (cause) {
      const facts = { strategy: name, component: at.component, problem: classify(cause).message };
      const failure = recoveryFaults.STRATEGY_FAILED(facts, { cause });
      outcome = unrecovered(false, failure.message, failure);
    }
    // The output may be audio, or somebody's secret.
    const told = { ...outcome, output: undefined, strategy: name, durationMs: clock.monotonicMs() - startMs };
    say(signals, recoveryFinished, at, told);
    return outcome;
  };
}
