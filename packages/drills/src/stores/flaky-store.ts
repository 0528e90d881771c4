import type { Clock, Random } from '@sustain/kernel';
import {
  type CompareAndSetResult,
  type DeleteOptions,
  type Entry,
  type ListOptions,
  type Page,
  type ReadOptions,
  type Revision,
  type Store,
  storeFaults,
  type Watch,
  type WatchOptions,
  type WriteOptions,
} from '@sustain/stores';

/** What may become of a request, each with its share of all; the rest is answered at once. */
export interface Fates {
  /** Refused, and not done. */
  readonly refused: number;
  /** Not done, and the answer is lost. */
  readonly lostBefore: number;
  /** Done, and the answer is lost. */
  readonly lostAfter: number;
  /** The answer is lost, and it is done later: the request was under way all the time. */
  readonly late: number;
  /** There is no answer, ever. Done later, or never. */
  readonly hangs: number;
  /** Done and answered after up to 30 ms. */
  readonly slow: number;
}

export const STEADY: Fates = { refused: 0, lostBefore: 0, lostAfter: 0, late: 0, hangs: 0, slow: 0 };
export const SHAKY: Fates = {
  refused: 0.01,
  lostBefore: 0.01,
  lostAfter: 0.01,
  late: 0.01,
  hangs: 0.01,
  slow: 0.4,
};
export const DOWN: Fates = { refused: 0.5, lostBefore: 0.3, lostAfter: 0, late: 0.1, hangs: 0.1, slow: 0 };

/** A way to a store on which requests and answers get lost. The store itself is in order. */
export class FlakyStore implements Store {
  readonly name: string;
  readonly durability;
  fates: Fates = STEADY;
  /** Of a program that was killed nothing is sent, and nothing is heard; what is under way arrives. */
  isKilled = false;
  /** Every request is refused with it. */
  refusal: Error | undefined;
  readonly #inner: Store;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(inner: Store, clock: Clock, random: Random) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = random;
    this.name = inner.name;
    this.durability = inner.durability;
  }

  get<Value>(key: string, options?: ReadOptions): Promise<Entry<Value> | undefined> {
    return this.#send(undefined, () => this.#inner.get<Value>(key, withoutSignal(options)));
  }

  set(key: string, value: unknown, options?: WriteOptions): Promise<Revision> {
    return this.#send(key, () => this.#inner.set(key, value, withoutSignal(options)));
  }

  compareAndSet<Value>(
    key: string,
    expected: Revision,
    value: unknown,
    options?: WriteOptions,
  ): Promise<CompareAndSetResult<Value>> {
    return this.#send(key, () =>
      this.#inner.compareAndSet<Value>(key, expected, value, withoutSignal(options)),
    );
  }

  touch(key: string, revision: Revision, ttlMs: number, options?: ReadOptions): Promise<boolean> {
    return this.#send(key, () => this.#inner.touch(key, revision, ttlMs, withoutSignal(options)));
  }

  delete(key: string, options?: DeleteOptions): Promise<boolean> {
    return this.#send(key, () => this.#inner.delete(key, withoutSignal(options)));
  }

  list<Value>(prefix: string, options?: ListOptions): Promise<Page<Value>> {
    return this.#send(undefined, () => this.#inner.list<Value>(prefix, withoutSignal(options)));
  }

  watch<Value>(prefix: string, options?: WatchOptions): Promise<Watch<Value>> {
    return this.#send(undefined, () => this.#inner.watch<Value>(prefix, options));
  }

  async close(): Promise<void> {
    this.isKilled = true;
  }

  async #send<T>(writtenKey: string | undefined, work: () => Promise<T>): Promise<T> {
    if (this.isKilled) return never();
    if (this.refusal !== undefined) throw this.refusal;
    const answer = await this.#arrive(writtenKey, work);
    return this.isKilled ? never() : answer;
  }

  async #arrive<T>(writtenKey: string | undefined, work: () => Promise<T>): Promise<T> {
    const fate = this.#draw();
    const delayMs = Math.floor(this.#random.next() * 30);
    const doLater = () => void this.#clock.schedule(delayMs * 100, () => void work().catch(ignored));
    switch (fate) {
      case 'answered':
        return work();
      case 'slow':
        await this.#clock.sleep(delayMs);
        return work();
      case 'refused':
        throw storeFaults.STORE_UNAVAILABLE({ store: this.name, reason: 'refused' });
      case 'hangs':
        if (delayMs % 2 === 0) doLater();
        return never();
      case 'lostAfter':
        await work();
        throw this.#lost(writtenKey);
      case 'late':
        doLater();
        throw this.#lost(writtenKey);
      case 'lostBefore':
        throw this.#lost(writtenKey);
    }
  }

  #draw(): keyof Fates | 'answered' {
    let drawn = this.#random.next();
    for (const fate of Object.keys(this.fates) as (keyof Fates)[]) {
      drawn -= this.fates[fate];
      if (drawn < 0) return fate;
    }
    return 'answered';
  }

  #lost(writtenKey: string | undefined): Error {
    const about = { store: this.name, reason: 'the answer was lost' };
    return writtenKey === undefined
      ? storeFaults.STORE_UNAVAILABLE(about)
      : storeFaults.OUTCOME_UNKNOWN({ ...about, key: writtenKey });
  }
}

/** Whoever sent it is gone. */
function ignored(): undefined {
  return undefined;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** The sender stops waiting; what it has sent goes on. */
function withoutSignal<Options extends ReadOptions>(options: Options | undefined): Options | undefined {
  return options && { ...options, signal: undefined };
}
