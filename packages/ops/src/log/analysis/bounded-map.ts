/** A map that grows to a limit; what has no place in it is counted. */
export class BoundedMap<Value> {
  readonly #values = new Map<string, Value>();
  readonly #limit: number;
  /** How often something was asked for that has no place. */
  leftOut = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value of a key, made when it is new; undefined, and counted, when the map is full. */
  getOrAdd(key: string, make: () => Value): Value | undefined {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= this.#limit) {
      this.leftOut++;
      return undefined;
    }
    const value = make();
    this.#values.set(key, value);
    return value;
  }

  entries(): [string, Value][] {
    return [...this.#values];
  }
}
