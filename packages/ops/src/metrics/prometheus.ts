import type { CounterInstrument } from './counter.ts';
import { type GaugeInstrument, gaugeValue } from './gauge.ts';
import type { HistogramCell, HistogramInstrument } from './histogram.ts';
import { metricsFaults } from './metrics-faults.ts';

/** What we use of a registry of `prom-client`, whichever copy of it. */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** What a scraper is answered. */
export interface Scrape {
  /** For the header Content-Type. */
  readonly contentType: string;
  readonly body: string;
}

/** @internal */
export type AnyInstrument = CounterInstrument | GaugeInstrument | HistogramInstrument;

/** @internal A registry of our own, of the `prom-client` that is installed. Throws METRICS_PEER_MISSING. */
export async function ownRegistry(
  load: () => Promise<{ readonly Registry: new () => PrometheusRegistry }> = () => import('prom-client'),
): Promise<PrometheusRegistry> {
  try {
    const { Registry } = await load();
    return new Registry();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const context = { peer: 'prom-client@15', purpose: 'text for Prometheus' };
    throw metricsFaults.METRICS_PEER_MISSING(context, { cause: error });
  }
}

/**
 * @internal Shows an instrument in a registry, which asks for its numbers when it is scraped. Throws METRIC_CONFLICT when
 * the registry has a metric of that name, of whomever.
 */
export function register(
  registry: PrometheusRegistry,
  instrument: AnyInstrument,
  beforeReading: () => void,
): void {
  const { name: metric, kind } = instrument;
  if (registry.getSingleMetric(metric) !== undefined) {
    const has = 'a metric of somebody else in this registry';
    throw metricsFaults.METRIC_CONFLICT({ metric, has, wanted: `this ${kind}` });
  }
  registry.registerMetric(new RegistryEntry(registry, instrument, beforeReading) as never);
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of a histogram: those of the series, which the registry formats once and not for each bucket. */
  readonly sharedLabels?: HistogramCell['labels'];
  readonly value: number;
}

/** An instrument as registries want their metrics, also those that merge what the workers of a cluster have. */
class RegistryEntry {
  /** The registry takes the `_total` off it when it speaks OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: AnyInstrument['kind'];
  readonly aggregator = 'sum';
  readonly #registry: PrometheusRegistry;
  readonly #instrument: AnyInstrument;
  readonly #beforeReading: () => void;

  constructor(registry: PrometheusRegistry, instrument: AnyInstrument, beforeReading: () => void) {
    this.name = instrument.name;
    this.help = instrument.help;
    this.type = instrument.kind;
    this.#registry = registry;
    this.#instrument = instrument;
    this.#beforeReading = beforeReading;
  }

  /** For registries that merge: every sample has all of its labels. */
  async get() {
    const { values, ...head } = this.getForPromString();
    const whole = values.map(({ sharedLabels, labels, ...rest }) => ({
      ...rest,
      labels: { ...labels, ...sharedLabels },
    }));
    return { ...head, values: whole, aggregator: this.aggregator };
  }

  getForPromString() {
    this.#beforeReading();
    const { name } = this.#instrument;
    const isOpenMetrics = this.#registry.contentType.startsWith('application/openmetrics-text');
    return {
      name: isOpenMetrics ? name.replace(/_total$/, '') : name,
      help: this.help,
      type: this.type,
      values: samplesOf(this.#instrument),
    };
  }

  reset(): void {
    this.#instrument.clear();
  }
}

function samplesOf(instrument: AnyInstrument): Sample[] {
  if (instrument.kind === 'counter')
    return Array.from(instrument.table.cells(), ({ labels, value }) => ({ labels, value }));
  if (instrument.kind === 'gauge')
    return Array.from(instrument.table.cells(), (cell) => ({ labels: cell.labels, value: gaugeValue(cell) }));
  const { name, buckets } = instrument;
  return Array.from(instrument.table.cells()).flatMap((cell) => bucketSamples(name, buckets, cell));
}

function bucketSamples(name: string, buckets: readonly number[], { counts, sum, labels }: HistogramCell) {
  let count = 0;
  const samples: Sample[] = Array.from(counts, (inBucket, i) => {
    count += inBucket;
    return {
      metricName: `${name}_bucket`,
      labels: { le: buckets[i] ?? '+Inf' },
      sharedLabels: labels,
      value: count,
    };
  });
  samples.push({ metricName: `${name}_sum`, labels: {}, sharedLabels: labels, value: sum });
  samples.push({ metricName: `${name}_count`, labels: {}, sharedLabels: labels, value: count });
  return samples;
}
