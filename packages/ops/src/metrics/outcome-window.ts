/** @internal Successes and failures of the last `slots` × `slotMs` milliseconds, in constant memory. */
export class OutcomeWindow {
  readonly #slotMs: number;
  readonly #successes: Uint32Array;
  readonly #failures: Uint32Array;
  /** The number of the newest slot, counted from the clock's origin. */
  #newest = 0;

  constructor(windowMs: number, slots = 30) {
    this.#slotMs = windowMs / slots;
    this.#successes = new Uint32Array(slots);
    this.#failures = new Uint32Array(slots);
  }

  add(isSuccess: boolean, nowMs: number): void {
    const slot = this.#turnTo(nowMs);
    const outcomes = isSuccess ? this.#successes : this.#failures;
    (outcomes[slot] as number)++;
  }

  /** 0 to 1; undefined when nothing was tried. */
  ratio(nowMs: number): number | undefined {
    this.#turnTo(nowMs);
    const successes = sumOf(this.#successes);
    const all = successes + sumOf(this.#failures);
    return all === 0 ? undefined : successes / all;
  }

  #turnTo(nowMs: number): number {
    const slots = this.#successes.length;
    const now = Math.floor(nowMs / this.#slotMs);
    for (let slot = Math.max(this.#newest + 1, now - slots + 1); slot <= now; slot++) {
      this.#successes[slot % slots] = 0;
      this.#failures[slot % slots] = 0;
    }
    this.#newest = Math.max(now, this.#newest);
    return this.#newest % slots;
  }
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
