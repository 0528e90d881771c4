import { checkOptions, WAIT } from '../../options/index.ts';
import { retry } from '../../policies/index.ts';
import { systemClock } from '../../time/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, strategy, type TimedStrategyOptions } from './strategy.ts';
import { trial } from './trial.ts';

export interface SimplifyOptions extends TimedStrategyOptions {
  /**
   * Does what failed, which the context tells, with less in it: `less` is 1 for the first attempt, 2 for the second …
   * To throw is to fail, also for an output that will not do.
   */
  run(context: ErrorContext, less: number, signal: AbortSignal): unknown;
  /** Attempts, the first one simplified already. A whole number, 1 or more. Default 2: three with the failed one. */
  readonly maxAttempts?: number;
  /** The wait before each attempt. 0 or more. Default 100. */
  readonly delayMs?: number;
}

/**
 * `simplify`: does with less and less until it works. The output is what `run` answered. Never shared between reports.
 * Throws a RangeError when an option is out of range.
 */
export function simplify(options: SimplifyOptions): RecoveryStrategy {
  const { maxAttempts = 2, delayMs = 100, clock = systemClock } = options;
  checkOptions('simplify', { delayMs: [delayMs, WAIT] });
  const again = trial('simplify', options, retry({ maxAttempts, backoff: () => 0, retryOn: () => true }));
  return strategy(
    'simplify',
    options,
    async (_fault, context, { signal: deadline }) => {
      const { answer, problem } = await again(deadline, async ({ number, signal }) => {
        await clock.sleep(delayMs, { signal });
        return options.run(context, number, signal);
      });
      return problem === undefined
        ? result(true, true, 'Done with less', answer)
        : result(false, true, `Not done with less either: ${problem}`);
    },
    false,
  );
}
