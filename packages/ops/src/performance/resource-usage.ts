import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import process from 'node:process';
import { type Clock, systemClock } from '@sustain/kernel';
import { availableCores } from './cpu-quota.ts';
import { oldHeapLimitBytes, oldHeapUsedBytes } from './heap-limit.ts';

/** Processor time of this process between two looks. */
export interface CpuUsage {
  /** Of what it may use: 1 is all cores, or all of the cgroup's quota. */
  readonly usedRatio: number;
  /** Processes of the whole machine that want a core, a core, over the last minute; 0 where it is not known (Windows). */
  readonly loadPerCore: number;
  /** Cores that it may use; with fractions, of a quota. */
  readonly cores: number;
}

export interface CpuMeterOptions {
  readonly clock?: Clock;
  /** Microseconds used so far. Default: those of the process. */
  readonly usedMicros?: () => number;
  /** Default: the machine's, or the quota of the cgroup, as it was at the start. */
  readonly cores?: number;
}

/** Shorter intervals tell nothing: who asks sooner gets the last answer. Of seed 002: sampled over 1 s. */
const LEAST_INTERVAL_MS = 1000;

/** Measures from call to call: the first is since the meter was made. */
export function cpuMeter(options: CpuMeterOptions = {}): () => CpuUsage {
  const { clock = systemClock, usedMicros = processMicros, cores = availableCores() } = options;
  // Not those that this process may use: others of the machine, that use the rest, are in the load as well.
  const machineCores = cpus().length || availableParallelism();
  let sinceMs = clock.monotonicMs();
  let before = usedMicros();
  let usedRatio = 0;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - sinceMs >= LEAST_INTERVAL_MS) {
      const used = usedMicros();
      usedRatio = (used - before) / 1000 / (nowMs - sinceMs) / cores;
      [sinceMs, before] = [nowMs, used];
    }
    return { usedRatio, loadPerCore: (loadavg()[0] ?? 0) / machineCores, cores };
  };
}

function processMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What this process has of the memory that it may have. */
export interface MemoryUsage {
  /** Of old objects, whose space is what runs out. */
  readonly heapUsedBytes: number;
  /** Beyond it V8 ends the process. Less than V8's `heap_size_limit`, which counts space for young objects as well. */
  readonly heapLimitBytes: number;
  readonly rssBytes: number;
  /** Of the cgroup, beyond which the kernel kills the process, or all that the machine has. */
  readonly rssLimitBytes: number;
}

export function memoryUsage(constrainedBytes: number | undefined = process.constrainedMemory()): MemoryUsage {
  // Without a limit the host answers 0, or a number beyond all memory.
  const limited = constrainedBytes !== undefined && constrainedBytes > 0;
  return {
    heapUsedBytes: oldHeapUsedBytes(),
    heapLimitBytes: oldHeapLimitBytes(),
    rssBytes: process.memoryUsage.rss(),
    rssLimitBytes: Math.min(totalmem(), limited ? constrainedBytes : Number.POSITIVE_INFINITY),
  };
}
