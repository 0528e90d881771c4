import { checkOptions, FUNCTION } from '../options/index.ts';
import { type Backoff, exponential, type PipelineOptions, pipeline, retry } from '../policies/index.ts';
import { type Decorator, decorator } from './decorate.ts';

/** A class of errors, or a declared fault. */
export type ErrorKind = abstract new (...args: never[]) => unknown;

export interface WithRetryOptions extends PipelineOptions {
  /** Attempts in all, the first one included. A whole number, 1 or more. Default 3. */
  readonly maxRetries?: number;
  /** The waits between them. Default `exponential`: 100 ms, 200 ms …, full jitter. */
  readonly backoff?: 'exponential' | Backoff;
  /** What is tried again, and nothing else. Default: what `isRetryable` says. */
  readonly exceptions?: readonly ErrorKind[];
}

/**
 * Tries again what fails: `retry` for one function, by hand or as a decorator. Throws a RangeError or TypeError when an
 * option is out of range.
 *
 * @example
 * const process = withRetry({ maxRetries: 3, exceptions: [ConnectionError, faults.TIMED_OUT] })(callService);
 */
export function withRetry(options: WithRetryOptions = {}): Decorator {
  const { maxRetries: maxAttempts = 3, backoff = 'exponential', exceptions } = options;
  // A kind that is not there would throw at each failure, in place of it.
  for (const kind of exceptions ?? []) checkOptions('exceptions', { kind: [kind ?? null, FUNCTION] });
  const policy = retry({
    maxAttempts,
    backoff: backoff === 'exponential' ? exponential() : backoff,
    ...(exceptions && { retryOn: (error) => exceptions.some((kind) => error instanceof kind) }),
  });
  return decorator(pipeline(options, policy));
}
