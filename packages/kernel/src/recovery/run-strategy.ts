import { classify, type Fault } from '../faults/index.ts';
import type { Clock } from '../time/index.ts';
import { failed, type Outcome } from './error-response.ts';
import { recoveryFaults } from './recovery-faults.ts';
import type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';

/**
 * Runs one strategy, for `timeoutMs` at most. Never throws and never rejects: a strategy that throws, answers
 * nonsense or takes too long is an outcome, too. One that answers at once costs neither a promise nor a timer.
 */
export function runStrategy(
  strategy: RecoveryStrategy,
  fault: Fault,
  context: ErrorContext,
  timeoutMs: number,
  clock: Clock,
): Outcome | Promise<Outcome> {
  const facts = { strategy: strategy.name, component: context.component };
  const fail = (error: unknown) => {
    const problem = classify(error).message;
    return failed(recoveryFaults.STRATEGY_FAILED({ ...facts, problem }, { cause: error }));
  };
  try {
    const abort = new AbortController();
    const answer = strategy.recover(fault, context, abort.signal);
    if (typeof (answer as Partial<Promise<RecoveryResult>> | undefined)?.then !== 'function') {
      return outcomeOf(answer as RecoveryResult);
    }
    return new Promise((resolve) => {
      const late = () => {
        const failure = recoveryFaults.STRATEGY_TIMEOUT({ ...facts, timeoutMs });
        resolve(failed(failure));
        abort.abort(failure);
      };
      const deadline = clock.schedule(timeoutMs, late, { keepAlive: false });
      const end = (outcome: Outcome) => {
        deadline.cancel();
        resolve(outcome);
      };
      Promise.resolve(answer)
        .then(outcomeOf)
        .then(end, (error: unknown) => end(fail(error)));
    });
  } catch (error) {
    return fail(error);
  }
}

function outcomeOf(result: RecoveryResult | undefined | null): Outcome {
  if (typeof result?.success !== 'boolean') {
    throw new TypeError('it must answer { success, fallbackUsed, message }');
  }
  const { success, fallbackUsed, message, userMessage, output } = result;
  return {
    handled: true,
    recovered: success,
    fallbackUsed: fallbackUsed === true,
    message: String(message),
    userMessage,
    output,
  };
}
