import type { LogEntry } from '../log-entry.ts';
import { Twins } from './twins.ts';

/** Entries in the order in which they were written, in batches. */
export interface EntrySource {
  /** Not after any entry of it, so it need not be opened before. '' when that is not known. */
  readonly firstTimestamp: string;
  /** The next batch; may be empty. Undefined at the end. */
  next(): Promise<readonly LogEntry[] | undefined>;
  /** Called once when it has ended. */
  close(): Promise<void>;
}

/**
 * Merges sources by time, each opened only when its turn comes. Loses nothing, and keeps the order of each source, also
 * where its clock was set back: an entry counts as no earlier than those before it. At the same time the source that
 * stands first goes first. An error that a program has written to two files comes once. Batches come as large as the sources allow.
 */
export async function* mergeBatches(sources: readonly EntrySource[]): AsyncGenerator<readonly LogEntry[]> {
  const waiting = sources
    .map((source, index) => new Reader(source, index))
    .sort(byTime)
    .reverse();
  const open: Reader[] = [];
  const twins = new Twins();
  let merged: LogEntry[] = [];
  while (open.length > 0 || waiting.length > 0) {
    const next = waiting.at(-1);
    const first = open[0];
    if (next !== undefined && (first === undefined || byTime(next, first) < 0)) {
      waiting.pop();
      if (await next.fill()) insert(open, next);
      continue;
    }
    const current = open.shift() as Reader;
    const rival = earlier(open[0], next);
    current.takeBefore(rival, merged, twins);
    if (current.isEmpty) {
      yield merged;
      merged = [];
      if (!(await current.fill())) continue;
    }
    insert(open, current);
  }
}

class Reader {
  /** Of the entry at the head; no earlier than those before it. */
  time: string;
  readonly index: number;
  readonly #source: EntrySource;
  #batch: readonly LogEntry[] = [];
  #position = 0;

  constructor(source: EntrySource, index: number) {
    this.#source = source;
    this.index = index;
    this.time = source.firstTimestamp;
  }

  get isEmpty(): boolean {
    return this.#position >= this.#batch.length;
  }

  /** Gets the next batch that has entries; false, and closed, when there is none. */
  async fill(): Promise<boolean> {
    this.#position = 0;
    do {
      const batch = await this.#source.next();
      if (batch === undefined) {
        await this.#source.close();
        return false;
      }
      this.#batch = batch;
    } while (this.#batch.length === 0);
    this.#advance();
    return true;
  }

  /** Moves the entries from the head on that come before the rival's. */
  takeBefore(rival: Reader | undefined, to: LogEntry[], twins: Twins): void {
    while (!this.isEmpty && (rival === undefined || byTime(this, rival) < 0)) {
      const entry = this.#batch[this.#position] as LogEntry;
      if (!twins.isTwin(this.index, entry)) to.push(entry);
      this.#position++;
      this.#advance();
    }
  }

  #advance(): void {
    const timestamp = this.#batch[this.#position]?.timestamp;
    if (timestamp !== undefined && timestamp > this.time) this.time = timestamp;
  }
}

function byTime(a: Reader, b: Reader): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.index - b.index;
}

function earlier(a: Reader | undefined, b: Reader | undefined): Reader | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return byTime(a, b) < 0 ? a : b;
}

/** By bisection: a thousand files may overlap. */
function insert(sorted: Reader[], reader: Reader): void {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (byTime(sorted[middle] as Reader, reader) < 0) from = middle + 1;
    else to = middle;
  }
  sorted.splice(from, 0, reader);
}
