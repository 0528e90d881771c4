import { CounterInstrument } from './counter.ts';
import { GaugeInstrument, gaugeValue } from './gauge.ts';
import type { HistogramInstrument } from './histogram.ts';
import type { BaseUnit } from './metric-name.ts';
import type { AnyInstrument } from './prometheus.ts';

/** All numbers of one thread or process at one time: plain data, for `postMessage` or JSON. */
export type MetricsSnapshot = readonly InstrumentSnapshot[];

export interface InstrumentSnapshot {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly unit: BaseUnit | null;
  readonly labelNames: readonly string[];
  /** Of a histogram. */
  readonly buckets?: readonly number[];
  readonly series: readonly SeriesSnapshot[];
}

export interface SeriesSnapshot {
  readonly labels: Readonly<Record<string, string>>;
  /** A counter's or gauge's value; the sum of a histogram's. */
  readonly value: number;
  /** How many of a histogram's values were in each bucket alone. */
  readonly counts?: readonly number[];
}

/**
 * What another thread or process has counted, as part of these metrics: counters and histograms are added to our own,
 * gauges are shown as the sum of all that are there.
 */
export interface RemoteMetrics {
  /** Takes its latest snapshot in place of the one before. Throws METRIC_CONFLICT or METRIC_INVALID, and then adds nothing. */
  receive(snapshot: MetricsSnapshot): void;
  /** It has ended: what it counted stays, its gauges go. Idempotent; nothing is received afterwards. */
  end(): void;
}

/** @internal */
export function snapshotOf(instruments: Iterable<AnyInstrument>): MetricsSnapshot {
  return Array.from(instruments, (instrument): InstrumentSnapshot => {
    const { kind, name, help, unit = null, labelNames } = instrument;
    const head = { kind: kind as InstrumentSnapshot['kind'], name, help, unit, labelNames: [...labelNames] };
    if (instrument.kind !== 'histogram') return { ...head, series: seriesOf(instrument) };
    const series = Array.from(instrument.table.cells(), ({ labels, sum, counts }) => ({
      labels,
      value: sum,
      counts: [...counts],
    }));
    return { ...head, buckets: instrument.buckets, series };
  });
}

/** @internal `find` answers the instrument of that shape, made if there is none; it throws where there is another. */
export function remoteMetrics(find: (shape: InstrumentSnapshot) => AnyInstrument): RemoteMetrics {
  const key = {};
  /** The last snapshot, to see what is new in the next. */
  let before = new Map<string, SeriesSnapshot>();
  const gauges = new Set<GaugeInstrument>();
  let isOver = false;

  function forgetGauges(): void {
    for (const gauge of gauges) for (const cell of gauge.table.cells()) cell.others?.delete(key);
  }

  return {
    receive(snapshot) {
      if (isOver) return;
      const found = snapshot.map((shape) => [shape, find(shape)] as const);
      forgetGauges();
      const now = new Map<string, SeriesSnapshot>();
      for (const [{ name, series }, instrument] of found) {
        for (const one of series) {
          const id = JSON.stringify([name, one.labels]);
          now.set(id, one);
          if (instrument instanceof GaugeInstrument) {
            gauges.add(instrument);
            addGauge(instrument, one, key);
          } else if (instrument instanceof CounterInstrument) {
            instrument.add(growth(one.value, before.get(id)?.value), one.labels);
          } else {
            addHistogram(instrument, one, before.get(id));
          }
        }
      }
      before = now;
    },
    end() {
      isOver = true;
      forgetGauges();
      before.clear();
    },
  };
}

function seriesOf(instrument: CounterInstrument | GaugeInstrument): SeriesSnapshot[] {
  return instrument.kind === 'gauge'
    ? Array.from(instrument.table.cells(), (cell) => ({ labels: cell.labels, value: gaugeValue(cell) }))
    : Array.from(instrument.table.cells(), ({ labels, value }) => ({ labels, value }));
}

function addGauge(gauge: GaugeInstrument, { labels, value }: SeriesSnapshot, key: object): void {
  const cell = gauge.table.cellOf(labels);
  cell.used = true;
  cell.others ??= new Map();
  // More than one when several of its series share the one for all others.
  cell.others.set(key, (cell.others.get(key) ?? 0) + value);
}

function addHistogram(
  histogram: HistogramInstrument,
  { labels, value, counts = [] }: SeriesSnapshot,
  before: SeriesSnapshot | undefined,
): void {
  const cell = histogram.table.cellOf(labels);
  cell.used = true;
  // Values may be negative, so only the counts tell whether it began anew.
  const isAnew = counts.some((count, i) => count < (before?.counts?.[i] ?? 0));
  cell.sum += isAnew ? value : value - (before?.value ?? 0);
  counts.forEach((count, i) => {
    cell.counts[i] = (cell.counts[i] ?? 0) + (isAnew ? count : count - (before?.counts?.[i] ?? 0));
  });
}

/** A counter that is lower than before has begun anew. */
function growth(now: number, before = 0): number {
  return now >= before ? now - before : now;
}
