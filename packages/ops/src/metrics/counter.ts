import {
  Bound,
  type Complaints,
  type Head,
  type Instrument,
  InstrumentBase,
  type LabelsOf,
} from './instrument.ts';
import { type Cell, type LabelValues, SeriesTable } from './series-table.ts';

/** One series of a counter. For hot paths: to add allocates nothing and finds nothing. */
export interface CounterSeries {
  /** Adds 0 or more; default 1. Never throws: what is negative, infinite or no number is refused and counted. */
  add(amount?: number): void;
}

/** Something that only grows. */
export interface Counter<Label extends string = never> extends Instrument<Label>, CounterSeries {
  readonly kind: 'counter';
  /** Adds 0 or more to the series with these labels; default 1. Never throws: see `CounterSeries`. */
  add(amount?: number, labels?: LabelsOf<Label>): void;
  /** The series with these labels, to hold on to. */
  labels(labels: LabelsOf<Label>): CounterSeries;
}

/** @internal */
export interface CounterCell extends Cell {
  value: number;
}

/** @internal */
export class CounterInstrument extends InstrumentBase<CounterCell> {
  readonly kind = 'counter';
  readonly #refuse: () => void;

  constructor(head: Head, { onOverflow, onRefused }: Complaints) {
    const { labelNames, maxSeries } = head;
    super(head, new SeriesTable({ labelNames, maxSeries, create: cellOf, onOverflow }));
    this.#refuse = onRefused;
  }

  add(amount = 1, labels?: LabelValues): void {
    if (!(Number.isFinite(amount) && amount >= 0)) {
      this.#refuse();
      return;
    }
    const cell = this.table.cellOf(labels);
    cell.used = true;
    cell.value += amount;
  }

  labels(labels: LabelValues): CounterSeries {
    return new BoundCounter(this.table, labels, this.#refuse);
  }
}

class BoundCounter extends Bound<CounterCell> implements CounterSeries {
  readonly #refuse: () => void;

  constructor(table: SeriesTable<CounterCell>, labels: LabelValues, refuse: () => void) {
    super(table, labels);
    this.#refuse = refuse;
  }

  add(amount = 1): void {
    if (!(Number.isFinite(amount) && amount >= 0)) {
      this.#refuse();
      return;
    }
    const cell = this.cell.used ? this.cell : this.use();
    cell.value += amount;
  }
}

function cellOf(labels: CounterCell['labels']): CounterCell {
  return { labels, used: true, usedMs: 0, isStale: false, value: 0 };
}
