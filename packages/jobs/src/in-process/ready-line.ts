/**
 * @internal The jobs that may begin: the greatest priority first, and in the order of their coming within one. All it
 * does is O(1), whatever the number of jobs, save that a priority that is new is sorted in.
 */
export class ReadyLine {
  /** By priority. Sets keep the order of coming. */
  readonly #rows = new Map<number, Row>();
  readonly #priorityOf = new Map<string, number>();
  /** The priorities that there are, the greatest first. */
  #priorities: number[] = [];

  get size(): number {
    return this.#priorityOf.size;
  }

  has(id: string): boolean {
    return this.#priorityOf.has(id);
  }

  /** At the end of its priority. Nothing changes when it is in the line already. */
  add(id: string, priority: number): void {
    if (this.#priorityOf.has(id)) return;
    this.#priorityOf.set(id, priority);
    let row = this.#rows.get(priority);
    if (row === undefined) {
      const ids = new Set<string>();
      row = { ids, walk: ids.values() };
      this.#rows.set(priority, row);
      this.#priorities = [...this.#priorities, priority].sort((a, b) => b - a);
    }
    row.ids.add(id);
  }

  delete(id: string): boolean {
    const priority = this.#priorityOf.get(id);
    if (priority === undefined) return false;
    this.#priorityOf.delete(id);
    const row = this.#rows.get(priority) as Row;
    row.ids.delete(id);
    if (row.ids.size === 0) {
      this.#rows.delete(priority);
      this.#priorities = this.#priorities.filter((other) => other !== priority);
    }
    return true;
  }

  /** Takes the first out. */
  take(): string | undefined {
    const [priority] = this.#priorities;
    if (priority === undefined) return undefined;
    const row = this.#rows.get(priority) as Row;
    const id = row.walk.next().value as string;
    this.delete(id);
    return id;
  }

  clear(): void {
    this.#rows.clear();
    this.#priorityOf.clear();
    this.#priorities = [];
  }
}

interface Row {
  readonly ids: Set<string>;
  /**
   * Where the row begins: all before it are gone. A new walk would step over the places of those that are gone, each time
   * all of them.
   */
  readonly walk: Iterator<string, undefined>;
}
