export { isRetryableError as isRetryable } from '../../faults/index.ts';
export type { Backoff, GrowthOptions, Jitter } from './backoff.ts';
export { constant } from './constant.ts';
export { type DecorrelatedJitterOptions, decorrelatedJitter } from './decorrelated-jitter.ts';
export { type ExponentialOptions, exponential } from './exponential.ts';
export { linear } from './linear.ts';
export { type RetryOptions, retry } from './retry.ts';
export { type RetryExhaustedReason, retryExhausted, retryScheduled } from './retry-signals.ts';
