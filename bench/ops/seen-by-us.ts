import { join } from 'node:path';
import { ErrorHandler, Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor, ServiceHealth } from '@sustain/ops/health';
import { createLogging, logSignals } from '@sustain/ops/log';
import { createMetrics, metricsOfSignals } from '@sustain/ops/metrics';
import type { Contender } from './seen-by-sentry.ts';

/** The error handler with everything that listens: the log with its file of errors, metrics, and the service's health. */
export function seenByUs(folder: string, stackEveryMs: number): Contender {
  const signals = new Signals();
  const logging = createLogging({ outputs: [{ path: join(folder, 'bench.log') }], errors: { stackEveryMs } });
  // All are written: usually ten of a kind in 10 s, and the rest counted.
  logSignals(signals, logging, { mostAlike: 1_000_000 });
  metricsOfSignals(signals, createMetrics());
  const service = new ServiceHealth({ name: 'synthesis', clock: systemClock, signals });
  new HealthMonitor({ clock: systemClock, signals }).add('bench', service.check());
  const handler = new ErrorHandler({ signals, strategies: [] });
  return (fault, component) => {
    service.record('failure', 12, fault);
    return handler.handleError(fault, { component });
  };
}
