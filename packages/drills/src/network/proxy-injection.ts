import type { Injection } from '../injection/index.ts';

/** A toxic that is there until it is ended. */
export class ProxyInjection implements Injection {
  readonly #injection: Injection;
  readonly #hits: () => number;

  constructor(injection: Injection, hits: () => number) {
    this.#injection = injection;
    this.#hits = hits;
  }

  get what(): string {
    return this.#injection.what;
  }

  get substitute(): string | undefined {
    return this.#injection.substitute;
  }

  get endedBy(): Injection['endedBy'] {
    return this.#injection.endedBy;
  }

  /** How often it has done something so far: to a chunk, an end, or a connection. Nobody counts what a closed port refuses. */
  get hits(): number {
    return this.#hits();
  }

  end(): Promise<void> {
    return this.#injection.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
