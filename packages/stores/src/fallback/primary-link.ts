import { type Attempt, type Clock, type Pipeline, pipeline, timeout } from '@sustain/kernel';
import { commandFault } from '../command-fault.ts';
import { type Store, storeFaults } from '../contract.ts';

/** @internal The primary, waited for no longer than may be. */
export class PrimaryLink {
  readonly #primary: Store;
  readonly #store: string;
  readonly #patience: Pipeline<unknown>;

  constructor(primary: Store, store: string, clock: Clock, patienceMs: number) {
    this.#primary = primary;
    this.#store = store;
    this.#patience = pipeline({ name: store, clock }, timeout(patienceMs));
  }

  /**
   * What the primary says. A write names its key: when no answer comes in time it rejects with OUTCOME_UNKNOWN, and
   * anything else with STORE_UNAVAILABLE. What nobody waits for any more ends by the primary's own patience; the signal of
   * an attempt would end it sooner, and costs as much as the rest of a call.
   */
  async ask<T>(
    work: (primary: Store, attempt: Attempt) => Promise<T>,
    writtenKey?: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const options = signal === undefined ? undefined : { signal };
    try {
      return (await this.#patience.run((attempt) => work(this.#primary, attempt), options)) as T;
    } catch (error) {
      throw commandFault(error, this.#store, writtenKey);
    }
  }
}

/** Whether it says that the primary is away. */
export function saysAway(error: unknown): boolean {
  return storeFaults.STORE_UNAVAILABLE.matches(error);
}
