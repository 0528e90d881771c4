/** Something that was injected. Says nothing of times and contents: for the same seed and calls it is the same. */
export interface Injected {
  /** Of the port; `onMessage.listener` for a listener that it was given. */
  readonly method: string;
  /** The how manieth call of the method since the injection began, counted from 1. */
  readonly call: number;
  /** The name of the effect. */
  readonly effect: string;
  /** What it came to, in words: `43.2 ms`, `chunk 17`. Empty when the name says it all. */
  readonly what: string;
}

/** The first entries, up to a limit. */
export class Trace {
  readonly entries: Injected[] = [];
  leftOut = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: Injected): void {
    if (this.entries.length < this.#limit) this.entries.push(entry);
    else this.leftOut++;
  }
}
