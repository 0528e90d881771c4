import { type Backoff, exponential, retry, timeout } from '../../policies/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, strategy, type TimedStrategyOptions } from './strategy.ts';
import { trial } from './trial.ts';

export interface ReconnectRetryOptions extends TimedStrategyOptions {
  /** Connects again, and answers whether the connection works. To throw is to answer no. */
  reconnect(context: ErrorContext, signal: AbortSignal): Promise<boolean> | boolean;
  /** A whole number, 1 or more. Default 3. */
  readonly maxAttempts?: number;
  /** The waits between attempts. Default 1.0 s × 2^attempt, attempts counted from 0: 1 s, 2 s. */
  readonly backoff?: Backoff;
  /** How long one attempt may take. Above 0. Default 5000. */
  readonly attemptTimeoutMs?: number;
}

/**
 * `reconnect_retry`: connects again, waiting longer each time. When all attempts are used up, what the connection was
 * for has to be done without: no success, fallback used. Throws a RangeError when an option is out of range.
 */
export function reconnectRetry(options: ReconnectRetryOptions): RecoveryStrategy {
  const {
    maxAttempts = 3,
    backoff = exponential({ baseMs: 1000, jitter: 'none' }),
    attemptTimeoutMs = 5000,
  } = options;
  const again = trial(
    'reconnect_retry',
    options,
    retry({ maxAttempts, backoff, retryOn: () => true }),
    timeout(attemptTimeoutMs),
  );
  return strategy('reconnect_retry', options, async (_fault, context, { signal: deadline }) => {
    const { answer: attempts, problem } = await again(deadline, async ({ number, signal }) => {
      if ((await options.reconnect(context, signal)) !== true) throw new Error('no connection');
      return number;
    });
    return attempts
      ? result(true, false, `Reconnected after ${attempts} attempts`)
      : result(false, true, `Failed to reconnect after multiple attempts: ${problem}`);
  });
}
