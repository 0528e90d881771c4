import type { Signals } from '@sustain/kernel';
import type { Metrics } from '../metrics.ts';
import { faultFigures, machineFigures } from './fault-figures.ts';
import type { Hear } from './hear.ts';
import { opsFigures } from './ops-figures.ts';
import { policyFigures } from './policy-figures.ts';
import { jobFigures, serverFigures, storeFigures } from './service-figures.ts';
import { degradationFigures, supervisionFigures } from './supervision-figures.ts';

/**
 * Counts what is told on a bus: faults, recoveries, retries, breakers, refusals, fallbacks, hedges, stale answers,
 * features, quality, children, machines, stores, jobs, requests, and what the listeners of the bus have done wrong. What
 * never happened has no series; one who wants to see zeros asks for `metrics` and sets them.
 *
 * Answers the way to stop, which is idempotent; the figures stay.
 */
export function metricsOfSignals(signals: Signals, metrics: Metrics): () => void {
  const stops: (() => void)[] = [];
  const hear: Hear = (type, listener) => {
    stops.push(signals.on(type, listener));
  };
  faultFigures(hear, metrics);
  policyFigures(hear, metrics);
  degradationFigures(hear, metrics);
  supervisionFigures(hear, metrics);
  machineFigures(hear, metrics);
  storeFigures(hear, metrics);
  jobFigures(hear, metrics);
  serverFigures(hear, metrics);
  opsFigures(hear, metrics);
  stops.push(busFigures(signals, metrics));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

function busFigures({ counts }: Signals, metrics: Metrics): () => void {
  const errors = metrics.counter('sustain_signal_listener_errors_total', {
    help: 'Errors of listeners of the signals.',
  });
  let counted = counts.listenerErrors;
  return metrics.onRead(() => {
    errors.add(counts.listenerErrors - counted);
    counted = counts.listenerErrors;
  });
}
