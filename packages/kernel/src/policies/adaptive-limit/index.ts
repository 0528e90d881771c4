export {
  type AdaptiveLimit,
  type AdaptiveLimitOptions,
  adaptiveLimit,
  adaptiveLimitChanged,
  adaptiveLimitRefused,
} from './adaptive-limit.ts';
export { adaptiveLimitFaults } from './adaptive-limit-faults.ts';
export { type AimdOptions, aimd } from './aimd.ts';
export { type Gradient2Options, type Gradient2State, gradient2 } from './gradient2.ts';
export type { LimitAlgorithm, LimitSample, LimitState } from './limit-algorithm.ts';
