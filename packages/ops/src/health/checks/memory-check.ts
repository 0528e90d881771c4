import { checkOptions } from '@sustain/kernel/options';
import { type MemoryUsage, memoryUsage } from '../../performance/index.ts';
import type { HealthCheck } from '../health-check.ts';
import { type CheckOptions, ownFields } from './check-options.ts';

export interface MemoryCheckOptions extends CheckOptions {
  /** The share of a limit from which on it is degraded. Above 0, up to 1. Default 0.8: seed 001. */
  readonly degradedAt?: number;
  /** The share from which on it is unhealthy: what comes next is the end of the process. Default 0.95. */
  readonly unhealthyAt?: number;
  /** Default: this process. */
  readonly read?: () => MemoryUsage;
}

/**
 * The old objects of the heap against the space that V8 has for them, and all memory of the process against that of its
 * cgroup (or of the machine). The heap counts garbage that is not collected yet.
 */
export function memoryCheck(options: MemoryCheckOptions = {}): HealthCheck {
  const { degradedAt = 0.8, unhealthyAt = 0.95, read = () => memoryUsage() } = options;
  checkOptions('memoryCheck', {
    degradedAt: [degradedAt, { least: 0, above: true, most: 1 }],
    unhealthyAt: [unhealthyAt, { least: degradedAt, most: 1 }],
  });
  return {
    ...ownFields(options, { name: 'memory' }),
    check() {
      const { heapUsedBytes, heapLimitBytes, rssBytes, rssLimitBytes } = read();
      const heap = { what: 'heap', used: heapUsedBytes, limit: heapLimitBytes };
      const rss = { what: 'memory', used: rssBytes, limit: rssLimitBytes };
      const fuller = heap.used / heap.limit >= rss.used / rss.limit ? heap : rss;
      const ratio = fuller.used / fuller.limit;
      const observed = { value: Math.round(ratio * 1000) / 1000, unit: '1' };
      if (ratio < degradedAt) return { status: 'healthy', observed };
      const message = `${mebibytes(fuller.used)} of ${mebibytes(fuller.limit)} MiB of ${fuller.what} are used`;
      return { status: ratio < unhealthyAt ? 'degraded' : 'unhealthy', message, observed };
    },
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
