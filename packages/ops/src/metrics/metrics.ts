import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOption, checkOptions, POSITIVE } from '@sustain/kernel/options';
import { type Counter, CounterInstrument } from './counter.ts';
import { type Gauge, GaugeInstrument } from './gauge.ts';
import { checkBuckets, type Histogram, HistogramInstrument, type HistogramOptions } from './histogram.ts';
import type { Complaints, Head, Instrument, InstrumentOptions } from './instrument.ts';
import { checkMetric, type InstrumentKind } from './metric-name.ts';
import { metricsFaults } from './metrics-faults.ts';
import {
  type AnyInstrument,
  ownRegistry,
  type PrometheusRegistry,
  register,
  type Scrape,
} from './prometheus.ts';
import {
  type InstrumentSnapshot,
  type MetricsSnapshot,
  type RemoteMetrics,
  remoteMetrics,
  snapshotOf,
} from './snapshot.ts';

export interface MetricsOptions {
  /**
   * Where the metrics are shown: a registry of the program's own `prom-client`, beside what the program has in it. Default:
   * one of our own, of the `prom-client` that is installed, made at the first scrape.
   */
  readonly registry?: PrometheusRegistry | undefined;
  /** With what all names must begin. Default `sustain_`. */
  readonly prefix?: string | undefined;
  /** How many series an instrument may have unless it says otherwise. A whole number, 1 or more. Default 1000. */
  readonly maxSeries?: number | undefined;
  /** Series with labels that were not used for so long are forgotten at the next reading. Above 0. Default: never. */
  readonly maxIdleMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Counters, gauges and histograms. Our instruments hold their numbers themselves; Prometheus and OpenTelemetry read them.
 *
 * To ask for the same name with the same shape (kind, labels, unit, buckets) answers the same instrument; the help is that
 * of the first. Throws METRIC_CONFLICT where the shape is another, METRIC_INVALID where Prometheus's conventions are not
 * kept. What is measured never throws.
 */
export interface Metrics {
  counter<const Label extends string = never>(
    name: string,
    options: InstrumentOptions<Label>,
  ): Counter<Label>;
  gauge<const Label extends string = never>(name: string, options: InstrumentOptions<Label>): Gauge<Label>;
  histogram<const Label extends string = never>(
    name: string,
    options: HistogramOptions<Label>,
  ): Histogram<Label>;
  /** All that there are, in the order in which they were made. */
  readonly instruments: readonly Instrument[];
  /** Has `collect` called before every reading, once for all readers of that moment, to set what is only then known. */
  onRead(collect: () => void): () => void;
  /** Has a listener told of every instrument, those that are there and those that come. */
  onInstrument(listener: (instrument: Instrument) => void): () => void;
  /** Calls the collectors, once for all who read in this moment. For who reads instruments by itself; never throws. */
  readonly collect: () => void;
  /** The text for Prometheus, of the whole registry. Rejects with METRICS_PEER_MISSING where `prom-client` is not installed. */
  scrape(): Promise<Scrape>;
  /** All numbers, for another thread or process to `receive`. */
  snapshot(): MetricsSnapshot;
  /** One more thread or process whose numbers are part of these: one for each life of a worker. */
  remote(): RemoteMetrics;
  /** Takes the instruments out of the registry; they still count, for nobody. Idempotent. */
  close(): void;
}

/** Throws a RangeError or TypeError when an option is out of range, METRIC_CONFLICT when the registry has other metrics of ours. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { prefix = 'sustain_', maxSeries = 1000, maxIdleMs, clock = systemClock } = options;
  checkOptions('metrics', { maxSeries: [maxSeries, COUNT], maxIdleMs: [maxIdleMs ?? 1, POSITIVE] });
  if (typeof prefix !== 'string')
    throw new TypeError(`prefix of the metrics must be a text; got ${typeof prefix}`);
  return new MetricsHouse(options.registry, prefix, maxSeries, maxIdleMs, clock);
}

/** What counts the overflows of all must never overflow itself: it has as many series as there are metrics. */
const OWN_SERIES = Number.MAX_SAFE_INTEGER;

class MetricsHouse implements Metrics {
  #registry: PrometheusRegistry | undefined;
  #loading: Promise<PrometheusRegistry> | undefined;
  readonly #prefix: string;
  readonly #maxSeries: number;
  readonly #maxIdleMs: number | undefined;
  readonly #clock: Clock;
  readonly #instruments = new Map<string, AnyInstrument>();
  readonly #listeners = new Set<(instrument: Instrument) => void>();
  readonly #collectors = new Set<() => void>();
  readonly #dropped: Counter<'metric'>;
  readonly #refused: Counter<'metric'>;
  readonly #collectErrors: Counter;
  /** Whether the numbers of this moment have been collected. */
  #isFresh = false;
  #isClosed = false;

  constructor(
    registry: PrometheusRegistry | undefined,
    prefix: string,
    maxSeries: number,
    maxIdleMs: number | undefined,
    clock: Clock,
  ) {
    this.#registry = registry;
    this.#prefix = prefix;
    this.#maxSeries = maxSeries;
    this.#maxIdleMs = maxIdleMs;
    this.#clock = clock;
    this.#dropped = this.counter(`${prefix}metrics_series_dropped_total`, {
      help: 'How often a series was wanted that had no room, and became part of the series __overflow__.',
      labels: ['metric'],
      maxSeries: OWN_SERIES,
    });
    this.#refused = this.counter(`${prefix}metrics_values_refused_total`, {
      help: 'Values that were not counted: no numbers, infinite, or negative where only growth makes sense.',
      labels: ['metric'],
      maxSeries: OWN_SERIES,
    });
    this.#collectErrors = this.counter(`${prefix}metrics_collect_errors_total`, {
      help: 'Collectors that threw when metrics were read.',
    });
  }

  counter<const Label extends string>(name: string, options: InstrumentOptions<Label>): Counter<Label> {
    return this.#settle(
      'counter',
      name,
      options,
      (head, complaints) => new CounterInstrument(head, complaints),
    );
  }

  gauge<const Label extends string>(name: string, options: InstrumentOptions<Label>): Gauge<Label> {
    return this.#settle('gauge', name, options, (head, complaints) => new GaugeInstrument(head, complaints));
  }

  histogram<const Label extends string>(name: string, options: HistogramOptions<Label>): Histogram<Label> {
    const buckets = checkBuckets(name, options.buckets);
    return this.#settle(
      'histogram',
      name,
      options,
      (head, complaints) => new HistogramInstrument(head, buckets, complaints),
    );
  }

  get instruments(): readonly Instrument[] {
    return [...this.#instruments.values()];
  }

  onRead(collect: () => void): () => void {
    const own = () => collect();
    this.#collectors.add(own);
    return () => {
      this.#collectors.delete(own);
    };
  }

  onInstrument(listener: (instrument: Instrument) => void): () => void {
    const own = (instrument: Instrument) => listener(instrument);
    this.#listeners.add(own);
    for (const instrument of this.#instruments.values()) own(instrument);
    return () => {
      this.#listeners.delete(own);
    };
  }

  async scrape(): Promise<Scrape> {
    const registry = this.#registry ?? (await this.#ownRegistry());
    const body = await registry.metrics();
    return { contentType: registry.contentType, body };
  }

  snapshot(): MetricsSnapshot {
    this.collect();
    return snapshotOf(this.#instruments.values());
  }

  remote(): RemoteMetrics {
    return remoteMetrics((shape) => this.#ofShape(shape));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const name of this.#instruments.keys()) this.#registry?.removeSingleMetric(name);
    this.#collectors.clear();
    this.#listeners.clear();
  }

  readonly collect = (): void => {
    if (this.#isFresh) return;
    this.#isFresh = true;
    queueMicrotask(() => {
      this.#isFresh = false;
    });
    for (const collector of this.#collectors) {
      try {
        collector();
      } catch {
        this.#collectErrors.add();
      }
    }
    if (this.#maxIdleMs === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    for (const { table } of this.#instruments.values()) table.sweep(nowMs, this.#maxIdleMs);
  };

  #settle(
    kind: InstrumentKind,
    name: string,
    options: InstrumentOptions<string>,
    create: (head: Head, complaints: Complaints) => AnyInstrument,
  ): never {
    const { help, labels: labelNames = [], maxSeries = this.#maxSeries } = options;
    const unit = checkMetric({ kind, name, help, unit: options.unit, labelNames }, this.#prefix);
    checkOption(`maxSeries of the metric ${name}`, maxSeries, COUNT);
    const head = { name, help, unit, labelNames: Object.freeze([...labelNames]), maxSeries };
    const made = create(head, {
      onOverflow: () => this.#dropped.add(1, { metric: name }),
      onRefused: () => this.#refused.add(1, { metric: name }),
    });
    const known = this.#instruments.get(name);
    if (known !== undefined) {
      const [has, wanted] = [shapeOf(known), shapeOf(made)];
      if (has !== wanted) throw metricsFaults.METRIC_CONFLICT({ metric: name, has, wanted });
      return known as never;
    }
    if (this.#registry !== undefined && !this.#isClosed) register(this.#registry, made, this.collect);
    this.#instruments.set(name, made);
    for (const listener of this.#listeners) listener(made);
    return made as never;
  }

  #ofShape({ kind, name, help, labelNames, buckets }: InstrumentSnapshot): AnyInstrument {
    const options = { help, labels: labelNames };
    if (kind === 'histogram') return this.histogram(name, { ...options, buckets }) as never;
    return (kind === 'gauge' ? this.gauge(name, options) : this.counter(name, options)) as never;
  }

  #ownRegistry(): Promise<PrometheusRegistry> {
    this.#loading ??= ownRegistry().then(
      (registry) => {
        this.#registry = registry;
        if (!this.#isClosed)
          for (const instrument of this.#instruments.values()) register(registry, instrument, this.collect);
        return registry;
      },
      (error: unknown) => {
        // It may be installed by the next scrape.
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }
}

/** What must be the same for two to be one; the order of labels says nothing. */
function shapeOf(instrument: AnyInstrument): string {
  const { kind, labelNames } = instrument;
  const labels = labelNames.length > 0 ? `the labels ${[...labelNames].sort().join(', ')}` : 'no labels';
  return `a ${kind} with ${labels}${instrument.kind === 'histogram' ? ` and the buckets ${instrument.buckets.join(', ')}` : ''}`;
}
