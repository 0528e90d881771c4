import type { Subscriber } from '../backend.ts';

/** @internal Tells watches what this instance changes by itself, and when the primary is back. */
export class Changes {
  readonly #listeners = new Set<ChangeListener>();

  /** Answers the way to stop. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(key: string, ttlMs?: number): void {
    for (const listener of this.#listeners) listener.changed(key, ttlMs);
  }

  primaryReturned(): void {
    for (const listener of this.#listeners) listener.primaryReturned();
  }
}

export interface ChangeListener extends Pick<Subscriber, 'changed'> {
  primaryReturned(): void;
}
