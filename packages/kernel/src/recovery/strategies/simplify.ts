import type { Fault } from '../../faults/index.ts';
import { retry } from '../../policies/index.ts';
import { systemClock } from '../../time/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, strategy, type TimedStrategyOptions } from './strategy.ts';
import { steady, trial } from './trial.ts';

export interface SimplifyOptions<Request, Output> extends TimedStrategyOptions {
  /** What was asked and failed. */
  request(context: ErrorContext, fault: Fault): Request;
  /** The same with less in it. Asked again for each attempt, of what it made before. */
  simpler(request: Request): Request;
  run(request: Request, signal: AbortSignal): Promise<Output> | Output;
  /** Whether an output will do. Default: whatever `run` answers. */
  isGood?(output: Output): boolean;
  /** Attempts, the first one simplified already. A whole number, 1 or more. Default 2: three with the failed one. */
  readonly maxAttempts?: number;
  /** The wait before each attempt. 0 or more. Default 100. */
  readonly delayMs?: number;
}

/**
 * `simplify`: asks for less and less until it works. The output is what `run` answered. Never shared between reports.
 * Throws a RangeError when an option is out of range.
 */
export function simplify<Request, Output>(options: SimplifyOptions<Request, Output>): RecoveryStrategy {
  const { maxAttempts = 2, delayMs = 100, clock = systemClock } = options;
  const again = trial(
    'simplify',
    options,
    retry({ maxAttempts, backoff: steady(delayMs), retryOn: () => true }),
  );
  return strategy(
    'simplify',
    options,
    async (fault, context, signal) => {
      let request = options.request(context, fault);
      await clock.sleep(delayMs, { signal });
      const { attempts, ok, answer, problem } = await again(
        signal,
        (ended) => {
          request = options.simpler(request);
          return options.run(request, ended);
        },
        options.isGood?.bind(options),
      );
      return ok
        ? result(true, true, `Done with less, after ${attempts} attempts`, answer)
        : result(false, true, `Not done with less either, after ${attempts} attempts: ${problem}`);
    },
    false,
  );
}
