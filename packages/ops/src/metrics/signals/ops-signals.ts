import { defineSignal } from '@sustain/kernel';

// Signals of the siblings in this package, by their names: to import them would load a server and a log for whoever wants
// metrics only. metrics-of-signals.test.ts compares them with the package.

/** @internal */
export const opsSignals = {
  requestFinished: defineSignal<{
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
  }>('server.request.finished'),
  streamOpened: defineSignal<{ readonly streams: number }>('server.stream.opened'),
  streamClosed: defineSignal<{ readonly streams: number }>('server.stream.closed'),
  operationSlow: defineSignal<{ readonly operation: string }>('performance.slow'),
  serviceSlow: defineSignal<unknown>('service.slow'),
  logOutputLost: defineSignal<unknown>('log.output.lost'),
  logOutputRestored: defineSignal<{ readonly droppedLines: number }>('log.output.restored'),
  healthChanged: defineSignal<{
    readonly system?: string;
    readonly check?: string;
    readonly to: 'healthy' | 'degraded' | 'unhealthy';
  }>('health.changed'),
  loopBlocked: defineSignal<{ readonly blockedMs: number }>('event-loop.blocked'),
  configurationChanged: defineSignal<unknown>('configuration.changed'),
  configurationRejected: defineSignal<unknown>('configuration.rejected'),
};
