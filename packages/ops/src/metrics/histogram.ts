import {
  Bound,
  type Complaints,
  type Head,
  type Instrument,
  InstrumentBase,
  type InstrumentOptions,
  type LabelsOf,
} from './instrument.ts';
import { metricsFaults } from './metrics-faults.ts';
import { type Cell, type LabelValues, SeriesTable } from './series-table.ts';

export interface HistogramOptions<Label extends string = never> extends InstrumentOptions<Label> {
  /** The upper bounds of its buckets, ascending; a value on a bound is in its bucket. Default: `defaultBuckets`. */
  readonly buckets?: readonly number[] | undefined;
}

/** From 5 ms to 10 s: the defaults of Prometheus's clients, for what people wait for. */
export const defaultBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One series of a histogram. For hot paths: to observe allocates nothing and finds nothing. */
export interface HistogramSeries {
  /** Never throws: what is infinite or no number is refused and counted. */
  observe(value: number): void;
}

/** How something is distributed. */
export interface Histogram<Label extends string = never> extends Instrument<Label>, HistogramSeries {
  readonly kind: 'histogram';
  readonly buckets: readonly number[];
  observe(value: number, labels?: LabelsOf<Label>): void;
  /** The series with these labels, to hold on to. */
  labels(labels: LabelsOf<Label>): HistogramSeries;
}

/** @internal */
export interface HistogramCell extends Cell {
  /** How many values were in each bucket alone; the last is of those above all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

/** @internal Is told every value, with the labels of its series. */
export type ObservationListener = (value: number, labels: HistogramCell['labels']) => void;

/** @internal */
export class HistogramInstrument extends InstrumentBase<HistogramCell> {
  readonly kind = 'histogram';
  readonly buckets: readonly number[];
  /** Replaced, never changed; undefined when nobody listens. */
  #listeners: readonly ObservationListener[] | undefined;
  readonly #refuse: () => void;

  constructor(head: Head, buckets: readonly number[], { onOverflow, onRefused }: Complaints) {
    const { labelNames, maxSeries } = head;
    const create = (labels: HistogramCell['labels']): HistogramCell => ({
      labels,
      used: true,
      usedMs: 0,
      isStale: false,
      counts: new Float64Array(buckets.length + 1),
      sum: 0,
    });
    super(head, new SeriesTable({ labelNames, maxSeries, create, onOverflow }));
    this.buckets = buckets;
    this.#refuse = onRefused;
  }

  observe(value: number, labels?: LabelValues): void {
    if (!Number.isFinite(value)) {
      this.#refuse();
      return;
    }
    const cell = this.table.cellOf(labels);
    cell.used = true;
    this.record(cell, value);
  }

  labels(labels: LabelValues): HistogramSeries {
    return new BoundHistogram(this, labels, this.#refuse);
  }

  /** Has a listener told of every value from now on. Answers the way to stop. */
  listen(listener: ObservationListener): () => void {
    const own: ObservationListener = (value, labels) => listener(value, labels);
    this.#listeners = [...(this.#listeners ?? []), own];
    return () => {
      const rest = this.#listeners?.filter((other) => other !== own) ?? [];
      this.#listeners = rest.length > 0 ? rest : undefined;
    };
  }

  record(cell: HistogramCell, value: number): void {
    const { buckets } = this;
    let low = 0;
    let high = buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (buckets[middle] as number)) high = middle;
      else low = middle + 1;
    }
    (cell.counts[low] as number)++;
    cell.sum += value;
    if (this.#listeners !== undefined) for (const listener of this.#listeners) listener(value, cell.labels);
  }
}

/** @internal The buckets as they are kept. Throws METRIC_INVALID. */
export function checkBuckets(metric: string, buckets: readonly number[] = defaultBuckets): readonly number[] {
  const ascend = buckets.every((bound, i) => Number.isFinite(bound) && bound > (buckets[i - 1] ?? -Infinity));
  if (ascend && buckets.length > 0 && buckets.length <= MAX_BUCKETS) return Object.freeze([...buckets]);
  const problem = `its buckets must be 1 to ${MAX_BUCKETS} finite bounds, each above the one before; got ${String(buckets).slice(0, 100)}`;
  throw metricsFaults.METRIC_INVALID({ metric, problem });
}

/** Every series has so many numbers. */
const MAX_BUCKETS = 200;

class BoundHistogram extends Bound<HistogramCell> implements HistogramSeries {
  readonly #histogram: HistogramInstrument;
  readonly #refuse: () => void;

  constructor(histogram: HistogramInstrument, labels: LabelValues, refuse: () => void) {
    super(histogram.table, labels);
    this.#histogram = histogram;
    this.#refuse = refuse;
  }

  observe(value: number): void {
    if (!Number.isFinite(value)) {
      this.#refuse();
      return;
    }
    this.#histogram.record(this.cell.used ? this.cell : this.use(), value);
  }
}
