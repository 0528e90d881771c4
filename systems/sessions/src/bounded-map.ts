/** @internal A map that forgets what was used longest ago, when what it holds weighs too much. */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, { value: Value; weight: number }>();
  readonly #limits: { readonly entries: number; readonly weight?: number };
  /** What must stay. */
  readonly #isKept: (name: string) => boolean;
  #weight = 0;

  constructor(
    limits: { readonly entries: number; readonly weight?: number },
    isKept: (name: string) => boolean = () => false,
  ) {
    this.#limits = limits;
    this.#isKept = isKept;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): Value | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  set(name: string, value: Value, weight = 1): void {
    this.delete(name);
    this.#entries.set(name, { value, weight });
    this.#weight += weight;
    this.#forget(name);
  }

  delete(name: string): void {
    this.#weight -= this.#entries.get(name)?.weight ?? 0;
    this.#entries.delete(name);
  }

  #forget(newest: string): void {
    const { entries, weight = Number.POSITIVE_INFINITY } = this.#limits;
    for (const name of this.#entries.keys()) {
      if (this.#entries.size <= entries && this.#weight <= weight) return;
      if (name !== newest && !this.#isKept(name)) this.delete(name);
    }
  }
}
