import { Signals } from '@sustain/kernel';
import { ABSENT, type Revision, type Store } from '@sustain/stores/contract';
import type { DrillSubject, Useful } from '../../drill/index.ts';

export interface CountingOptions<S extends Store> {
  /** Opens the store, at the start and after each restart. */
  readonly open: (signals: Signals) => Promise<S> | S;
  /** What a use has brought that went well. Default: all. */
  readonly worth?: (store: S) => Useful;
  /** Closes what the store stands on. */
  readonly close?: () => Promise<void>;
}

/**
 * A program that counts in a store: one use is one more, on top of the one before, and read again. A number whose writing
 * was refused, or may have been done, is written again under the same operation id: so none may be lost, and none counted
 * twice, whatever happens to the store.
 */
export class Counting<S extends Store = Store> implements DrillSubject {
  readonly drillable = true;
  readonly signals: Signals;
  readonly #options: CountingOptions<S>;
  #store: S;
  /** How far it is, as the store has acknowledged. */
  #counted = 0;
  /** Undefined: it must look. */
  #revision: Revision | undefined = ABSENT;
  #turn: Promise<unknown> = Promise.resolve();

  static async start<S extends Store>(options: CountingOptions<S>): Promise<Counting<S>> {
    const signals = new Signals();
    return new Counting(options, signals, await options.open(signals));
  }

  private constructor(options: CountingOptions<S>, signals: Signals, store: S) {
    this.#options = options;
    this.signals = signals;
    this.#store = store;
  }

  get store(): S {
    return this.#store;
  }

  get counted(): number {
    return this.#counted;
  }

  use(signal: AbortSignal): Promise<Useful> {
    return this.betweenUses(() => this.#countOn(signal));
  }

  /** Works while nobody uses it. */
  betweenUses<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // it is told to who asked for it
    return turn;
  }

  /** Ends it, and starts it anew. `meanwhile`: what happens while it is down. */
  restart(meanwhile: () => Promise<void> | void = () => undefined): Promise<void> {
    return this.betweenUses(async () => {
      await this.#store.close();
      await meanwhile();
      this.#revision = undefined;
      this.#store = await this.#options.open(this.signals);
    });
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#options.close?.();
  }

  async #countOn(signal: AbortSignal): Promise<Useful> {
    const next = this.#counted + 1;
    const expected = await this.#expected(signal);
    const options = { operationId: `to ${next}`, signal };
    const written = await this.#store.compareAndSet<number>(KEY, expected, next, options);
    if (!written.ok) throw new Error(`nobody else counts, but there is ${written.entry?.value}`);
    this.#counted = next;
    this.#revision = written.revision;
    const entry = await this.#store.get(KEY, { signal });
    if (entry?.value !== next) throw new Error(`expected ${next}, got ${entry?.value}`);
    return this.#options.worth?.(this.#store) ?? 'full';
  }

  async #expected(signal: AbortSignal): Promise<Revision> {
    if (this.#revision !== undefined) return this.#revision;
    const entry = await this.#store.get(KEY, { signal });
    if (entry?.value !== this.#counted) throw new Error(`expected ${this.#counted}, got ${entry?.value}`);
    this.#revision = entry?.revision ?? ABSENT;
    return this.#revision;
  }
}

/** Under which it counts. */
export const KEY = 'count';
