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
export interface Operations extends AsyncDisposable {
  readonly signals: Signals;
  readonly logging: Logging;
  readonly metrics: Metrics;
  /** With the checks that every program needs, as those of the system `studio`. Looks by itself until disposed of. */
  readonly health: HealthMonitor;
}

export function startOperations(
  { config }: StudioConfiguration,
  version: string,
  clock: Clock,
  random: Random,
): Operations {
  const closing = new DisposableStack();
  const signals = new Signals({ clock });
  const logging = createLogging({ ...config.logging, signals, clock, random });
  closing.defer(logSignals(signals, logging, { clock }));
  closing.defer(logCrashes(logging));

  const metrics = createMetrics({ ...config.metrics, clock });
  closing.defer(() => metrics.close());
  closing.defer(metricsOfSignals(signals, metrics));
  closing.defer(processMetrics(metrics));

  const service = { serviceId: 'sustain', releaseId: version };
  const health = new HealthMonitor({ ...config.health.monitor, service, clock, signals });
  closing.defer(() => health.close());
  const watch = closing.use(eventLoopWatch({ ...config.health.eventLoopWatch, signals, clock }));
  health.add(
    'studio',
    cpuCheck(config.health.cpu),
    memoryCheck(config.health.memory),
    eventLoopCheck(watch, config.health.eventLoop),
    diskCheck({ ...config.health.disk, path: '.', cacheMs: 30_000 }),
  );
  health.start();
  return {
    signals,
    logging,
    metrics,
    health,
    async [Symbol.asyncDispose]() {
      closing.dispose();
      await logging.close();
    },
  };
}
