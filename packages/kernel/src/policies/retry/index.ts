export { type Backoff, type ExponentialOptions, exponential } from './backoff.ts';
export { type RetryOptions, retry } from './retry.ts';
export { retryExhausted, retryScheduled } from './retry-signals.ts';
export { isRetryable } from './retryable.ts';
