/** That something is over, and who wants to know it. Lighter than an AbortSignal, and without its limit of listeners. */
export class Ending {
  #ended = false;
  readonly #waiting = new Set<() => void>();

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls `listener` once, when it is over: in the order of their coming. Answers what forgets it. */
  onEnd(listener: () => void): () => void {
    this.#waiting.add(listener);
    return () => void this.#waiting.delete(listener);
  }

  /** It is over. Harmless when repeated. */
  end(): void {
    this.#ended = true;
    for (const listener of this.#waiting) {
      this.#waiting.delete(listener);
      listener();
    }
  }
}
