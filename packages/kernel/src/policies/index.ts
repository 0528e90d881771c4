export * from './adaptive-limit/index.ts';
export * from './adaptive-throttle/index.ts';
export * from './breaker/index.ts';
export * from './bulkhead/index.ts';
export * from './fallback/index.ts';
export * from './fallback-chain/index.ts';
export * from './hedge/index.ts';
export * from './lock/index.ts';
export { outputFaults } from './output-faults.ts';
export {
  type Attempt,
  type Pipeline,
  type PipelineOptions,
  type Policy,
  type Progress,
  pipeline,
  type RunOptions,
  type Work,
} from './pipeline/index.ts';
export * from './rate-limit/index.ts';
export * from './retry/index.ts';
export * from './retry-budget/index.ts';
export { policyRefused } from './shared-policy.ts';
export * from './shed/index.ts';
export * from './stale-cache/index.ts';
export * from './stream-deadline/index.ts';
export * from './timeout/index.ts';
export * from './turn-deadline/index.ts';
