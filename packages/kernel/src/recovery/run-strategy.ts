import { classify, type Fault } from '../faults/index.ts';
import type { Clock } from '../time/index.ts';
import { type Outcome, unrecovered } from './error-response.ts';
import { recoveryFaults } from './recovery-faults.ts';
import type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';

/**
 * Runs one strategy, for `timeoutMs` at most. Never rejects: a strategy that throws, answers nonsense or takes too
 * long is an outcome, too.
 */
export function runStrategy(
  strategy: RecoveryStrategy,
  fault: Fault,
  context: ErrorContext,
  timeoutMs: number,
  clock: Clock,
): Promise<Outcome> {
  const facts = { strategy: strategy.name, component: context.component };
  return new Promise((resolve) => {
    const abort = new AbortController();
    const deadline = clock.schedule(
      timeoutMs,
      () => {
        const late = recoveryFaults.STRATEGY_TIMEOUT({ ...facts, timeoutMs });
        resolve(unrecovered(false, late.message, late));
        abort.abort(late);
      },
      { keepAlive: false },
    );
    const fail = (error: unknown) => {
      deadline.cancel();
      const problem = classify(error).message;
      const failure = recoveryFaults.STRATEGY_FAILED({ ...facts, problem }, { cause: error });
      resolve(unrecovered(false, failure.message, failure));
    };
    attempt(strategy, fault, context, abort.signal).then((outcome) => {
      deadline.cancel();
      resolve(outcome);
    }, fail);
  });
}

/** A throw before the first await is a rejection, too. */
async function attempt(
  strategy: RecoveryStrategy,
  ...args: Parameters<RecoveryStrategy['recover']>
): Promise<Outcome> {
  return outcomeOf(await strategy.recover(...args));
}

function outcomeOf(result: RecoveryResult | undefined | null): Outcome {
  if (typeof result?.success !== 'boolean') {
    throw new TypeError('it must answer a RecoveryResult { success, fallbackUsed, message }');
  }
  return {
    handled: true,
    recovered: result.success,
    fallbackUsed: result.fallbackUsed === true,
    message: String(result.message),
    ...(result.userMessage !== undefined && { userMessage: result.userMessage }),
    ...(result.output !== undefined && { output: result.output }),
  };
}
