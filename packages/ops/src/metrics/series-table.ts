import { labelText, MAX_LABEL_LENGTH, OVERFLOW, ownCopy, readLabel } from './label-text.ts';

export type LabelValues = Readonly<Record<string, unknown>>;

/** @internal What all series have in common. The numbers are added by the instrument. */
export interface Cell {
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it was used since the table was swept. */
  used: boolean;
  /** When it was seen to have been used, on the monotonic clock. */
  usedMs: number;
  /** Whether the table has it no longer, or it takes the overflow: who holds on to it asks for another one. */
  isStale: boolean;
}

/** @internal */
export interface SeriesTableOptions<C extends Cell> {
  readonly labelNames: readonly string[];
  readonly maxSeries: number;
  readonly create: (labels: Readonly<Record<string, string>>) => C;
  /** Called when a series is wanted and there is no room for it. */
  readonly onOverflow: () => void;
}

/**
 * @internal The series of one instrument, by the values of their labels, bounded in number: what is beyond goes to one
 * series whose labels are all `__overflow__`.
 *
 * A tree of maps, a level a label: to find a series makes no text, hashes nothing twice, and no two sets of labels are
 * ever taken for one.
 */
export class SeriesTable<C extends Cell> {
  readonly #options: SeriesTableOptions<C>;
  readonly #names: readonly string[];
  readonly #root: Branch<C> = new Map();
  readonly #cells = new Set<C>();
  #overflow: C | undefined;
  /** Of an instrument without labels: its only one. */
  #only: C | undefined;

  constructor(options: SeriesTableOptions<C>) {
    this.#options = options;
    this.#names = options.labelNames;
    this.clear();
  }

  /** Those that count against the limit. */
  get size(): number {
    return this.#cells.size - (this.#overflow && this.#cells.has(this.#overflow) ? 1 : 0);
  }

  cells(): Iterable<C> {
    return this.#cells;
  }

  /** The series with these labels, made when there is none. Never throws. */
  cellOf(labels: LabelValues | undefined): C {
    if (this.#only !== undefined) return this.#only;
    const names = this.#names;
    let node: Branch<C> | C | undefined = this.#root;
    for (let i = 0; node !== undefined && i < names.length; i++) {
      const value = plainValueOf(labels, names[i] as string);
      node = value === undefined ? undefined : (node as Branch<C>).get(value);
    }
    return (node as C | undefined) ?? this.cellOfTexts(this.textsOf(labels));
  }

  textsOf(labels: LabelValues | undefined): readonly string[] {
    return this.#names.map((name) => readLabel(labels, name));
  }

  cellOfTexts(texts: readonly string[]): C {
    const known = this.#find(texts);
    if (known !== undefined) return known;
    if (this.size < this.#options.maxSeries) return this.#insert(texts);
    this.#options.onOverflow();
    this.#overflow ??= this.#overflowCell();
    return this.#overflow;
  }

  remove(labels: LabelValues): boolean {
    const texts = this.textsOf(labels);
    const cell = this.#find(texts);
    if (cell === undefined) return false;
    this.#drop(cell, texts);
    if (this.#names.length === 0) this.clear();
    return true;
  }

  clear(): void {
    for (const cell of this.#cells) cell.isStale = true;
    for (const cell of this.#cells) cell.used = false;
    this.#cells.clear();
    this.#root.clear();
    this.#overflow = undefined;
    if (this.#names.length === 0) {
      this.#only = this.#options.create({});
      this.#cells.add(this.#only);
    }
  }

  /** Removes what was last used `idleMs` ago, as far as sweeps can tell. A series without labels stays. */
  sweep(nowMs: number, idleMs: number): void {
    if (this.#only !== undefined) return;
    for (const cell of this.#cells) {
      if (cell.used) {
        cell.used = false;
        cell.usedMs = nowMs;
      } else if (nowMs - cell.usedMs >= idleMs) {
        this.#drop(cell, Object.values(cell.labels));
      }
    }
  }

  #find(texts: readonly string[]): C | undefined {
    if (this.#only !== undefined) return this.#only;
    let node: Branch<C> | C | undefined = this.#root;
    for (const text of texts) node = (node as Branch<C> | undefined)?.get(text);
    return node as C | undefined;
  }

  #insert(texts: readonly string[]): C {
    const own = texts.map((text) => ownCopy(labelText(text)));
    const labels = Object.freeze(Object.fromEntries(this.#names.map((name, i) => [name, own[i] as string])));
    const cell = this.#options.create(labels);
    let branch = this.#root;
    for (const text of own.slice(0, -1)) {
      const next = (branch.get(text) as Branch<C> | undefined) ?? new Map();
      branch.set(text, next);
      branch = next;
    }
    branch.set(own.at(-1) as string, cell);
    this.#cells.add(cell);
    return cell;
  }

  /** Somebody may have used these very words as labels: it is the same series then. */
  #overflowCell(): C {
    const texts = this.#names.map(() => OVERFLOW);
    const cell = this.#find(texts) ?? this.#insert(texts);
    cell.isStale = true;
    return cell;
  }

  #drop(cell: C, texts: readonly string[], branch: Branch<C> = this.#root, depth = 0): void {
    const text = texts[depth] ?? '';
    if (depth < texts.length - 1) {
      const next = branch.get(text) as Branch<C>;
      this.#drop(cell, texts, next, depth + 1);
      if (next.size === 0) branch.delete(text);
      return;
    }
    branch.delete(text);
    this.#cells.delete(cell);
    if (this.#overflow === cell) this.#overflow = undefined;
    cell.isStale = true;
    cell.used = false;
  }
}

/** What can be looked up as it is; undefined, when the text of the label has to be made first. */
function plainValueOf(labels: LabelValues | undefined, name: string): string | undefined {
  try {
    const value = labels?.[name];
    return typeof value === 'string' && value.length <= MAX_LABEL_LENGTH ? value : undefined;
  } catch {
    return undefined;
  }
}

type Branch<C> = Map<string, C | Branch<C>>;
