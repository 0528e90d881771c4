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
  const deadlines = new Map<string, Pipeline>();
  return async (name, at, context) => {
    if (name === NO_RECOVERY) return unrecovered(true, 'it needs no recovery');
    const startMs = clock.monotonicMs();
    let outcome: Outcome;
    try {
      const strategy = strategies.get(name);
      if (!strategy) throw new Error(`it is unknown; known are ${strategies.names.join(', ')}`);
      const deadline =
        deadlines.get(name) ?? pipeline({ name, clock }, timeout(strategy.timeoutMs ?? defaultMs));
      deadlines.set(name, deadline);
      say(signals, recoveryStarted, at, { strategy: name });
      const result = await deadline.run(({ signal }) => strategy.recover(at.fault, context, signal));
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
