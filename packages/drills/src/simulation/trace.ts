/** What happened, line by line, to the nanosecond. Lines are only written when they are read: most runs hold, and nobody reads theirs. */
export class Trace {
  readonly #atMs: number[] = [];
  readonly #texts: string[] = [];

  add(atMs: number, text: string): void {
    this.#atMs.push(atMs);
    this.#texts.push(text);
  }

  get last(): string {
    return this.#texts.length > 0 ? this.#line(this.#texts.length - 1) : 'the start';
  }

  lines(): readonly string[] {
    return this.#texts.map((_, index) => this.#line(index));
  }

  #line(index: number): string {
    const atMs = Math.round((this.#atMs[index] ?? 0) * 1e6) / 1e6;
    return `${atMs} ${this.#texts[index]}`;
  }
}
