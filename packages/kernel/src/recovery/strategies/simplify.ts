import { classify, type Fault } from '../../faults/index.ts';
import { COUNT, checkOptions, POSITIVE } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface SimplifyOptions<Request, Output> extends StrategyOptions {
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
  /** Default: the host's time. */
  readonly clock?: Clock;
}

/**
 * `simplify`: asks for less and less until it works. The output is what `run` answered. Never shared between reports.
 * Throws a RangeError when an option is out of range.
 */
export function simplify<Request, Output>(options: SimplifyOptions<Request, Output>): RecoveryStrategy {
  const { maxAttempts = 2, delayMs = 100, clock = systemClock } = options;
  checkOptions('simplify', {
    maxAttempts: [maxAttempts, COUNT],
    delayMs: [delayMs, { ...POSITIVE, above: false }],
  });
  return strategy(
    'simplify',
    options,
    async (fault, context, signal) => {
      let request = options.request(context, fault);
      let problem = 'the output will not do';
      for (let attempts = 1; attempts <= maxAttempts; attempts++) {
        await clock.sleep(delayMs, { signal });
        try {
          request = options.simpler(request);
          const output = await options.run(request, signal);
          if (options.isGood?.(output) ?? true) {
            return result(true, true, `Done with less, after ${attempts} attempts`, output);
          }
        } catch (error) {
          problem = classify(error).message;
        }
      }
      return result(false, true, `Not done with less either, after ${maxAttempts} attempts: ${problem}`);
    },
    false,
  );
}
