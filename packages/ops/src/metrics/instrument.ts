import type { BaseUnit, InstrumentKind } from './metric-name.ts';
import type { Cell, LabelValues, SeriesTable } from './series-table.ts';

/** A value for each label. Any value will do: it is made a short text. One that is left out is the empty text. */
export type LabelsOf<Label extends string> = Readonly<{ [Name in Label]?: unknown }>;

export interface InstrumentOptions<Label extends string = never> {
  /** What it says, in one sentence, for who sees it in a dashboard. */
  readonly help: string;
  /** When given, the name must end in it; else it is what the name ends in, if anything. */
  readonly unit?: BaseUnit | undefined;
  /** The names of its labels. Default: none. */
  readonly labels?: readonly Label[] | undefined;
  /** How many series it may have beside the one for all others. A whole number, 1 or more. Default: that of the metrics. */
  readonly maxSeries?: number | undefined;
}

/** What counters, gauges and histograms have in common. */
export interface Instrument<Label extends string = string> {
  readonly kind: InstrumentKind;
  readonly name: string;
  readonly help: string;
  readonly unit: BaseUnit | undefined;
  readonly labelNames: readonly Label[];
  /** How many series it has, without the one for all others. */
  readonly seriesCount: number;
  /**
   * Forgets a series, and its memory; says whether there was one. Who holds it bound may go on using it: it then begins
   * anew.
   */
  remove(labels: LabelsOf<Label>): boolean;
  /** Forgets all series. */
  clear(): void;
}

/** @internal Where an instrument tells what it could not take. */
export interface Complaints {
  /** A series had no room. */
  readonly onOverflow: () => void;
  /** A value was no number that makes sense. */
  readonly onRefused: () => void;
}

/** @internal */
export abstract class InstrumentBase<C extends Cell> {
  abstract readonly kind: InstrumentKind;
  readonly name: string;
  readonly help: string;
  readonly unit: BaseUnit | undefined;
  readonly labelNames: readonly string[];
  readonly table: SeriesTable<C>;

  constructor(head: Head, table: SeriesTable<C>) {
    this.name = head.name;
    this.help = head.help;
    this.unit = head.unit;
    this.labelNames = head.labelNames;
    this.table = table;
  }

  get seriesCount(): number {
    return this.table.size;
  }

  remove(labels: LabelValues): boolean {
    return this.table.remove(labels);
  }

  clear(): void {
    this.table.clear();
  }
}

/** @internal */
export interface Head {
  readonly name: string;
  readonly help: string;
  readonly unit: BaseUnit | undefined;
  readonly labelNames: readonly string[];
  readonly maxSeries: number;
}

/** @internal A series that somebody holds on to: when the table has it no longer, it is asked for again. */
export abstract class Bound<C extends Cell> {
  protected cell: C;
  readonly #table: SeriesTable<C>;
  readonly #texts: readonly string[];

  constructor(table: SeriesTable<C>, labels: LabelValues) {
    this.#table = table;
    this.#texts = table.textsOf(labels);
    this.cell = table.cellOfTexts(this.#texts);
  }

  protected use(): C {
    if (this.cell.isStale) this.cell = this.#table.cellOfTexts(this.#texts);
    this.cell.used = true;
    return this.cell;
  }
}
