import { listenerLines } from '@sustain/auralis';
import { type Clock, type Random, Signals } from '@sustain/kernel';
import {
  cpuCheck,
  diskCheck,
  eventLoopCheck,
  eventLoopWatch,
  HealthMonitor,
  memoryCheck,
} from '@sustain/ops/health';
import { createLogging, type Logging, logCrashes, logSignals } from '@sustain/ops/log';
import { createMetrics, type Metrics, metricsOfSignals, processMetrics } from '@sustain/ops/metrics';
import type { StudioConfiguration } from './configuration.ts';

/** How people see what happens: everything here listens to the signals, and nobody's work depends on it. */
export interface Operations {
  readonly signals: Signals;
  readonly logging: Logging;
  readonly metrics: Metrics;
  /** With the checks that every program needs, as those of the system `studio`. */
  readonly health: HealthMonitor;
  /** Has health look by itself, and at the event loop. To be called when the start, which blocks it, is over. */
  watch(): void;
  /** Ends all of it; the last words are written. Called once. */
  close(): Promise<void>;
}

export function startOperations(
  { config }: StudioConfiguration,
  version: string,
  clock: Clock,
  random: Random,
): Operations {
  const closing: (() => void)[] = [];
  const signals = new Signals({ clock });
  const logging = createLogging({ ...config.logging, signals, clock, random });
  closing.push(logSignals(signals, logging, { lines: listenerLines, clock }));
  closing.push(logCrashes(logging));

  const metrics = createMetrics({ ...config.metrics, clock });
  closing.push(() => metrics.close());
  closing.push(metricsOfSignals(signals, metrics));
  closing.push(processMetrics(metrics));

  const service = { serviceId: 'sustain', releaseId: version };
  const health = new HealthMonitor({ ...config.health.monitor, service, clock, signals });
  closing.push(() => health.close());
  health.add(
    'studio',
    cpuCheck(config.health.cpu),
    memoryCheck(config.health.memory),
    diskCheck({ ...config.health.disk, path: '.', cacheMs: 30_000 }),
  );
  return {
    signals,
    logging,
    metrics,
    health,
    watch() {
      const loop = eventLoopWatch({ ...config.health.eventLoopWatch, signals, clock });
      closing.push(() => loop.close());
      health.add('studio', eventLoopCheck(loop, config.health.eventLoop));
      health.start();
    },
    async close() {
      for (const close of closing.reverse()) close();
      await logging.close();
    },
  };
}
