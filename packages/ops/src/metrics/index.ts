export type { Counter, CounterSeries } from './counter.ts';
export type { Gauge, GaugeSeries } from './gauge.ts';
export { defaultBuckets, type Histogram, type HistogramOptions, type HistogramSeries } from './histogram.ts';
export type { Instrument, InstrumentOptions, LabelsOf } from './instrument.ts';
export type { BaseUnit, InstrumentKind } from './metric-name.ts';
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts';
export { metricsFaults } from './metrics-faults.ts';
export {
  exportToOpenTelemetry,
  type OpenTelemetryApi,
  type OpenTelemetryExport,
  type OpenTelemetryMeter,
  type OpenTelemetryOptions,
} from './open-telemetry.ts';
export { type ProcessMetricsOptions, processMetrics } from './process-metrics.ts';
export type { PrometheusRegistry, Scrape } from './prometheus.ts';
export {
  type OperationRecord,
  type ServiceMetrics,
  type ServiceMetricsOptions,
  serviceMetrics,
} from './service-metrics.ts';
export { metricsOfSignals } from './signals/index.ts';
export type { InstrumentSnapshot, MetricsSnapshot, RemoteMetrics, SeriesSnapshot } from './snapshot.ts';
