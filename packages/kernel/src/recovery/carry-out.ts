import type { CheckedOptions } from './error-handler-options.ts';
import { after, failed, type Outcome, unrecovered } from './error-response.ts';
import { recoveryFaults } from './recovery-faults.ts';
import { NO_RECOVERY } from './recovery-manager.ts';
import { type FaultReport, recoveryFinished, recoveryStarted, say } from './recovery-signals.ts';
import type { ErrorContext } from './recovery-strategy.ts';
import { runStrategy } from './run-strategy.ts';

/** Carries out the strategy of this name, and says so. Never throws and never rejects. */
export function carryOut(
  { strategies, strategyTimeoutMs, clock, signals }: CheckedOptions,
  name: string,
  at: FaultReport,
  context: ErrorContext,
): Outcome | Promise<Outcome> {
  if (name === NO_RECOVERY) return unrecovered(true, 'it needs no recovery');
  const startMs = clock.monotonicMs();
  const finish = (outcome: Outcome) => {
    const durationMs = clock.monotonicMs() - startMs;
    // The output may be audio, or somebody's secret.
    const told = { ...outcome, output: undefined, first: undefined, strategy: name, durationMs };
    say(signals, recoveryFinished, at, told);
    return outcome;
  };
  const strategy = strategies.get(name);
  if (strategy === undefined) {
    const facts = { strategy: name, component: at.component, known: strategies.names };
    return finish(failed(recoveryFaults.STRATEGY_UNKNOWN(facts)));
  }
  say(signals, recoveryStarted, at, { strategy: name });
  const { timeoutMs = strategyTimeoutMs } = strategy;
  return after(runStrategy(strategy, at.fault, context, timeoutMs, clock), finish);
}
