export type { Quota } from './quota.ts';
export { type RateLimit, type RateLimitOptions, rateLimit } from './rate-limit.ts';
export { rateLimitFaults } from './rate-limit-faults.ts';
export { slidingWindow } from './sliding-window.ts';
export { tokenBucket } from './token-bucket.ts';
