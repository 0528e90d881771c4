export { type AdaptiveLimitOptions, adaptiveLimit } from './adaptive-limit.ts';
export { aimd } from './aimd.ts';
export { type Gradient2Options, gradient2 } from './gradient2.ts';
export type { LimitAlgorithm, LimitSample } from './limit-algorithm.ts';
