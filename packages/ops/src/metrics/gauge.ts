import {
  Bound,
  type Complaints,
  type Head,
  type Instrument,
  InstrumentBase,
  type LabelsOf,
} from './instrument.ts';
import { type Cell, type LabelValues, SeriesTable } from './series-table.ts';

/** One series of a gauge. For hot paths: to set allocates nothing and finds nothing. */
export interface GaugeSeries {
  /** Never throws: NaN is refused and counted. */
  set(value: number): void;
  /** Adds; a negative amount takes away. Default 1. */
  add(amount?: number): void;
}

/** Something that goes up and down. */
export interface Gauge<Label extends string = never> extends Instrument<Label>, GaugeSeries {
  readonly kind: 'gauge';
  set(value: number, labels?: LabelsOf<Label>): void;
  add(amount?: number, labels?: LabelsOf<Label>): void;
  /** The series with these labels, to hold on to. */
  labels(labels: LabelsOf<Label>): GaugeSeries;
}

/** @internal */
export interface GaugeCell extends Cell {
  value: number;
  /** What other threads or processes have said, each its own. */
  others: Map<object, number> | undefined;
}

/** @internal What a gauge shows: its own value, and those of other threads added. */
export function gaugeValue(cell: GaugeCell): number {
  let sum = cell.value;
  if (cell.others !== undefined) for (const value of cell.others.values()) sum += value;
  return sum;
}

/** @internal */
export class GaugeInstrument extends InstrumentBase<GaugeCell> {
  readonly kind = 'gauge';
  readonly #refuse: () => void;

  constructor(head: Head, { onOverflow, onRefused }: Complaints) {
    const { labelNames, maxSeries } = head;
    super(head, new SeriesTable({ labelNames, maxSeries, create: cellOf, onOverflow }));
    this.#refuse = onRefused;
  }

  set(value: number, labels?: LabelValues): void {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      this.#refuse();
      return;
    }
    const cell = this.table.cellOf(labels);
    cell.used = true;
    cell.value = value;
  }

  add(amount = 1, labels?: LabelValues): void {
    const cell = this.table.cellOf(labels);
    const value = cell.value + amount;
    if (typeof value !== 'number' || Number.isNaN(value)) {
      this.#refuse();
      return;
    }
    cell.used = true;
    cell.value = value;
  }

  labels(labels: LabelValues): GaugeSeries {
    return new BoundGauge(this.table, labels, this.#refuse);
  }
}

class BoundGauge extends Bound<GaugeCell> implements GaugeSeries {
  readonly #refuse: () => void;

  constructor(table: SeriesTable<GaugeCell>, labels: LabelValues, refuse: () => void) {
    super(table, labels);
    this.#refuse = refuse;
  }

  set(value: number): void {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      this.#refuse();
      return;
    }
    const cell = this.cell.used ? this.cell : this.use();
    cell.value = value;
  }

  add(amount = 1): void {
    const cell = this.cell.used ? this.cell : this.use();
    this.set(cell.value + amount);
  }
}

function cellOf(labels: GaugeCell['labels']): GaugeCell {
  return { labels, used: true, usedMs: 0, isStale: false, value: 0, others: undefined };
}
