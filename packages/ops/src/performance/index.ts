export { availableCores } from './cpu-quota.ts';
export type { RecentTimes } from './operation-times.ts';
export type { PerformanceMetrics } from './performance-metrics.ts';
export {
  type OperationFigures,
  OVERFLOW,
  PerformanceMonitor,
  type PerformanceMonitorOptions,
} from './performance-monitor.ts';
export { operationSlow, type SlowOperation } from './performance-signals.ts';
export {
  type CpuMeterOptions,
  type CpuUsage,
  cpuMeter,
  type MemoryUsage,
  memoryUsage,
} from './resource-usage.ts';
export {
  type RuntimeFigures,
  type RuntimePerformance,
  type RuntimePerformanceOptions,
  runtimePerformance,
} from './runtime-performance.ts';
export type { Tracked, TrackedDecorator } from './tracked.ts';
