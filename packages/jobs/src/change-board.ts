/** @internal Who waits for changes of which job. */
export class ChangeBoard {
  readonly #wakes = new Map<string, Set<() => void>>();

  subscribe(id: string, wake: () => void): () => void {
    const own = () => wake();
    const wakes = this.#wakes.get(id) ?? new Set();
    this.#wakes.set(id, wakes.add(own));
    return () => {
      if (wakes.delete(own) && wakes.size === 0) this.#wakes.delete(id);
    };
  }

  /** Jobs that somebody waits for. */
  get size(): number {
    return this.#wakes.size;
  }

  changed(id: string): void {
    for (const wake of this.#wakes.get(id) ?? []) wake();
  }

  allChanged(): void {
    for (const id of this.#wakes.keys()) this.changed(id);
  }
}
