export { metricsOfSignals } from './metrics-of-signals.ts';
