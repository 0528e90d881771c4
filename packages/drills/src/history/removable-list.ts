export const END = -1;

/**
 * Doubly linked lists of numbers below `size`, from which entries are taken out in O(1), and put back in O(1) where they
 * were, in the reverse order (Knuth's dancing links, 2000).
 */
export class RemovableList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor(size: number) {
    this.#next = new Int32Array(size).fill(END);
    this.#previous = new Int32Array(size).fill(END);
  }

  /** Makes a list of `entries` behind `head`, which is a number of its own. */
  chain(head: number, entries: Iterable<number>): void {
    let last = head;
    for (const entry of entries) {
      this.#next[last] = entry;
      this.#previous[entry] = last;
      last = entry;
    }
  }

  /** What follows an entry, or a head; END when nothing does. */
  after(entry: number): number {
    return this.#next[entry] as number;
  }

  takeOut(entry: number): void {
    const next = this.#next[entry] as number;
    const previous = this.#previous[entry] as number;
    this.#next[previous] = next;
    if (next !== END) this.#previous[next] = previous;
  }

  putBack(entry: number): void {
    const next = this.#next[entry] as number;
    this.#next[this.#previous[entry] as number] = entry;
    if (next !== END) this.#previous[next] = entry;
  }
}
