export { breakerCheck } from './breaker-check.ts';
export type { CheckOptions } from './check-options.ts';
export { type CpuCheckOptions, cpuCheck } from './cpu-check.ts';
export { type DiskCheckOptions, diskCheck } from './disk-check.ts';
export { type EventLoopCheckOptions, eventLoopCheck } from './event-loop-check.ts';
export { type MemoryCheckOptions, memoryCheck } from './memory-check.ts';
export { type PerformanceCheckOptions, performanceCheck } from './performance-check.ts';
export { type ProcessCheckOptions, processCheck } from './process-check.ts';
export { type StoreCheckOptions, storeCheck } from './store-check.ts';
