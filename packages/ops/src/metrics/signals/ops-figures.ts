import type { Metrics } from '../metrics.ts';
import { type Hear, longBuckets } from './hear.ts';
import { opsSignals } from './ops-signals.ts';

/** @internal What the operations plane tells of itself and of those it watches. */
export function opsFigures(hear: Hear, metrics: Metrics): void {
  watchFigures(hear, metrics);
  const requests = metrics.histogram('sustain_request_duration_seconds', {
    help: 'How long requests took to be answered.',
    labels: ['method', 'route', 'status'],
  });
  const streams = metrics.gauge('sustain_signal_streams', {
    help: 'Clients that listen to the signals now.',
  });
  const lost = metrics.counter('sustain_log_outputs_lost_total', {
    help: 'Outputs of the log that could not be written any more.',
  });
  const dropped = metrics.counter('sustain_log_lines_dropped_total', {
    help: 'Lines that are not in the file they were for, as its output was lost.',
  });
  const configurations = metrics.counter('sustain_configurations_total', {
    help: 'Configurations that came while the program ran, changed or rejected.',
    labels: ['outcome'],
  });

  hear(opsSignals.requestFinished, ({ data: { method, route, status, durationMs } }) => {
    requests.observe(durationMs / 1000, { method, route, status: `${status}` });
  });
  hear(opsSignals.streamOpened, ({ data }) => streams.set(data.streams));
  hear(opsSignals.streamClosed, ({ data }) => streams.set(data.streams));
  hear(opsSignals.logOutputLost, () => lost.add());
  hear(opsSignals.logOutputRestored, ({ data }) => dropped.add(data.droppedLines));
  hear(opsSignals.configurationChanged, () => configurations.add(1, { outcome: 'changed' }));
  hear(opsSignals.configurationRejected, () => configurations.add(1, { outcome: 'rejected' }));
}

function watchFigures(hear: Hear, metrics: Metrics): void {
  const slowOperations = metrics.counter('sustain_slow_operations_total', {
    help: 'Operations that took as long as their threshold, or longer.',
    labels: ['operation'],
  });
  const slowServices = metrics.counter('sustain_slow_service_calls_total', {
    help: 'Calls of services that took as long as their threshold, or longer.',
    labels: ['service'],
  });
  const health = metrics.gauge('sustain_health_ratio', {
    help: 'The health of what has changed: 1 healthy, 0.5 degraded, 0 unhealthy. Without labels it is that of all.',
    labels: ['system', 'check'],
  });
  const blocked = metrics.histogram('sustain_event_loop_blocked_seconds', {
    help: 'How long the event loop stood still each time that its watch saw it.',
    buckets: longBuckets,
  });

  hear(opsSignals.operationSlow, ({ data: { operation } }) => slowOperations.add(1, { operation }));
  hear(opsSignals.serviceSlow, ({ source: service }) => slowServices.add(1, { service }));
  hear(opsSignals.healthChanged, ({ data: { system, check, to } }) => {
    health.set({ healthy: 1, degraded: 0.5, unhealthy: 0 }[to], { system, check });
  });
  hear(opsSignals.loopBlocked, ({ data }) => blocked.observe(data.blockedMs / 1000));
}
