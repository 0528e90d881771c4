import {
  constants,
  type EventLoopUtilization,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions } from '@sustain/kernel/options';
import type { Metrics } from './metrics.ts';

export interface ProcessMetricsOptions {
  /** How often the host looks at the event loop: shorter delays are partly missed. Milliseconds, 1 or more, whole. Default 10. */
  readonly resolutionMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * What this process costs: memory, CPU, garbage collection and how late its event loop is. Read when metrics are read; the
 * utilization is that since the reading before, the delays are those since the one before that: a delay in whose midst
 * somebody reads is only known at the next reading. Does not hold the process open.
 *
 * Answers the way to stop, which is idempotent. Throws a RangeError when an option is out of range.
 */
export function processMetrics(metrics: Metrics, options: ProcessMetricsOptions = {}): () => void {
  const { resolutionMs = 10, clock = systemClock } = options;
  checkOptions('process metrics', { resolutionMs: [resolutionMs, COUNT] });
  const startSeconds = clock.wallMs() / 1000 - process.uptime();
  metrics
    .gauge('sustain_process_start_time_seconds', { help: 'When the process began, in Unix seconds.' })
    .set(startSeconds);
  const stops = [
    memoryFigures(metrics),
    cpuFigures(metrics),
    loopFigures(metrics, resolutionMs),
    collectionFigures(metrics),
  ];
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

function memoryFigures(metrics: Metrics): () => void {
  const memory = metrics.gauge('sustain_memory_usage_bytes', {
    help: 'Memory of this process: resident, the JavaScript heap, and what is held outside of it.',
    labels: ['kind'],
  });
  return metrics.onRead(() => {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    memory.set(rss, { kind: 'resident' });
    memory.set(heapTotal, { kind: 'heap_total' });
    memory.set(heapUsed, { kind: 'heap_used' });
    memory.set(external, { kind: 'external' });
    memory.set(arrayBuffers, { kind: 'array_buffers' });
  });
}

function cpuFigures(metrics: Metrics): () => void {
  const cpu = metrics.counter('sustain_process_cpu_seconds_total', {
    help: 'Processor time of this process.',
    labels: ['mode'],
  });
  return metrics.onRead(() => {
    const before = counted.get(cpu) ?? { user: 0, system: 0 };
    const now = process.cpuUsage();
    cpu.add((now.user - before.user) / 1e6, { mode: 'user' });
    cpu.add((now.system - before.system) / 1e6, { mode: 'system' });
    counted.set(cpu, now);
  });
}

/** What is in a counter already, of whoever measured before: it counts from the beginning of the process. */
const counted = new WeakMap<object, NodeJS.CpuUsage>();

function loopFigures(metrics: Metrics, resolutionMs: number): () => void {
  const delay = metrics.gauge('sustain_event_loop_delay_seconds', {
    help: 'How late the event loop was in the last two readings: on average, at the median, p99, and at most.',
    labels: ['stat'],
  });
  const utilization = metrics.gauge('sustain_event_loop_utilization_ratio', {
    help: 'The share of time in which the event loop was at work since the reading before.',
  });
  // A histogram that is reset forgets a delay that has begun by then: the other one sees it.
  let [older, newer] = [0, 0].map(() => monitorEventLoopDelay({ resolution: resolutionMs })) as [Look, Look];
  for (const look of [older, newer]) look.enable();
  // The host records the time from one look to the next, in nanoseconds.
  const lateSeconds = (nanoseconds: number) => Math.max(nanoseconds / 1e9 - resolutionMs / 1000, 0);
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const stopReading = metrics.onRead(() => {
    if (older.count > 0) {
      delay.set(lateSeconds(older.mean), { stat: 'mean' });
      delay.set(lateSeconds(older.percentile(50)), { stat: 'p50' });
      delay.set(lateSeconds(older.percentile(99)), { stat: 'p99' });
      delay.set(lateSeconds(older.max), { stat: 'max' });
    }
    // Only one that has looked since it was reset sees a delay that has begun.
    if (newer.count > 0) {
      older.reset();
      [older, newer] = [newer, older];
    }
    const now = performance.eventLoopUtilization();
    utilization.set(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });
  return () => {
    stopReading();
    for (const look of [older, newer]) look.disable();
  };
}

type Look = ReturnType<typeof monitorEventLoopDelay>;

function collectionFigures(metrics: Metrics): () => void {
  const durations = metrics.histogram('sustain_gc_duration_seconds', {
    help: 'How long garbage collections took.',
    labels: ['kind'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
  });
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as unknown as readonly CollectionEntry[]) {
      const kind = collections[detail.kind] ?? 'other';
      durations.observe(duration / 1000, { kind });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

/** What the host tells of a collection; its types leave `detail` out. */
interface CollectionEntry {
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

const collections: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};
