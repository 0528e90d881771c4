import type { Signal } from '@sustain/kernel';
import { checkOptions } from '@sustain/kernel/options';
import { signalDocument } from './signal-document.ts';

export interface SignalHistoryOptions {
  /** Tells this run of the server from every other: what ids begin with. No `-` in it. */
  readonly epoch: string;
  /** How many signals are kept. Whole, 1 to 1,000,000. Default 1000. */
  readonly capacity?: number;
}

/**
 * The last signals of the bus, numbered from 1. Adding one costs its caller a store into a ring; what it looks like as
 * JSON is found out when the first reader wants it, once for all readers. Until then the signal itself is kept, so what
 * it carries must not change, which signals promise.
 */
export class SignalHistory {
  readonly epoch: string;
  readonly capacity: number;
  readonly #ring: Kept[] = [];
  readonly #waiting = new Set<() => void>();
  #latest = 0;
  #waking = false;

  constructor({ epoch, capacity = 1000 }: SignalHistoryOptions) {
    this.epoch = epoch;
    checkOptions('signal history', { capacity: [capacity, { least: 1, most: 1_000_000, whole: true }] });
    this.capacity = capacity;
  }

  /** The number of the last signal; 0 before the first. */
  get latest(): number {
    return this.#latest;
  }

  /** The number of the oldest signal that is kept; one more than `latest` while there is none. */
  get oldest(): number {
    return Math.max(1, this.#latest - this.capacity + 1);
  }

  readonly add = (signal: Signal): void => {
    this.#ring[this.#latest++ % this.capacity] = { signal, json: undefined };
    if (this.#waking || this.#waiting.size === 0) return;
    this.#waking = true;
    setImmediate(this.#wake);
  };

  /** Type and source of a signal that is kept: what filters ask for. */
  originOf(number: number): { readonly type: string; readonly source: string } {
    return this.#kept(number).signal;
  }

  /** A signal that is kept, as JSON. */
  jsonOf(number: number): string {
    const kept = this.#kept(number);
    if (kept.json === undefined) {
      kept.json = JSON.stringify(signalDocument(kept.signal));
      kept.signal = { ...kept.signal, data: undefined };
    }
    return kept.json;
  }

  /** Calls once, in a later turn of the event loop, when there are more signals. Answers the way to wait no longer. */
  onNext(reader: () => void): () => void {
    this.#waiting.add(reader);
    return () => this.#waiting.delete(reader);
  }

  /** Wakes everybody who waits, at once. */
  readonly #wake = (): void => {
    this.#waking = false;
    const readers = [...this.#waiting];
    this.#waiting.clear();
    for (const reader of readers) reader();
  };

  #kept(number: number): Kept {
    const kept = this.#ring[(number - 1) % this.capacity];
    if (kept === undefined || number < this.oldest || number > this.#latest)
      throw new RangeError(`the history has ${this.oldest} to ${this.#latest}, asked for ${number}`);
    return kept;
  }
}

interface Kept {
  /** Without its data once that is in `json`, so that it is held once. */
  signal: Signal;
  json: string | undefined;
}
