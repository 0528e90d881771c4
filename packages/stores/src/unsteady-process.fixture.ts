import { type Clock, type Random, SimulatedClock } from '@sustain/kernel';
import type { Store } from './contract.ts';
import { storeFaults } from './store-faults.ts';

export interface UnsteadyOptions {
  /** The share of writes whose answer is lost: of one that was done, was never done, or is done a second later. */
  readonly lostAnswers?: number;
  /** Of requests, answers and news, at most. Default 0: they travel in no time. */
  readonly latencyMs?: number;
  /** How far its wall clock is off. Default 0. */
  readonly skewMs?: number;
  /** Every write that the store has done, in its order. */
  readonly written?: (key: string, value: unknown) => void;
}

/**
 * A process on simulated time, with its own connection to a store that all share. It can be paused, as by SIGSTOP: no
 * timer and no answer reaches it, while time goes on, requests that are under way arrive, and the store's clock runs. Its
 * connection can be cut. `calls` counts what it has asked the store.
 */
export class UnsteadyProcess {
  readonly clock: Clock;
  readonly store: Store;
  readonly calls: Record<string, number> = {};
  isPaused = false;
  isCut = false;
  lostAnswers: number;
  readonly #time: SimulatedClock;
  readonly #random: Random;
  readonly #options: UnsteadyOptions;
  readonly #whenRunning: (() => void)[] = [];
  readonly #whenHealed: (() => void)[] = [];

  constructor(time: SimulatedClock, shared: Store, random: Random, options: UnsteadyOptions = {}) {
    this.#time = time;
    this.#random = random;
    this.#options = options;
    this.lostAnswers = options.lostAnswers ?? 0;
    this.clock = this.#ownClock(options.skewMs ?? 0);
    this.store = this.#ownStore(shared);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const go of this.#whenRunning.splice(0)) go();
  }

  cut(): void {
    this.isCut = true;
  }

  heal(): void {
    this.isCut = false;
    for (const go of this.#whenHealed.splice(0)) go();
  }

  #ownClock(skewMs: number): Clock {
    const time = this.#time;
    const schedule: Clock['schedule'] = (delayMs, callback) => {
      let isCancelled = false;
      const fire = () => {
        if (isCancelled) return;
        if (this.isPaused) this.#whenRunning.push(fire);
        else callback();
      };
      const timer = time.schedule(delayMs, fire);
      return {
        cancel() {
          isCancelled = true;
          timer.cancel();
        },
      };
    };
    return {
      lagMs: 0,
      wallMs: () => time.wallMs() + skewMs,
      monotonicMs: () => time.monotonicMs(),
      coarseMs: () => time.monotonicMs(),
      schedule,
      sleep: SimulatedClock.prototype.sleep.bind({ schedule } as SimulatedClock),
    };
  }

  #ownStore(shared: Store): Store {
    const { written } = this.#options;
    const read = <T>(name: string, work: () => Promise<T>) => this.#ask(name, undefined, work);
    const write = <T>(name: string, key: string, work: () => Promise<T>) => this.#ask(name, key, work);
    return {
      name: shared.name,
      durability: shared.durability,
      get: (key) => read('get', () => shared.get(key)),
      list: (prefix, options) => read('list', () => shared.list(prefix, options)),
      touch: (key, revision, ttlMs) => write('touch', key, () => shared.touch(key, revision, ttlMs)),
      delete: (key, options) => write('delete', key, () => shared.delete(key, options)),
      compareAndSet: (key, expected, value, options) =>
        write('compareAndSet', key, () => shared.compareAndSet(key, expected, value, options)),
      set: (key, value, options) =>
        write('set', key, async () => {
          const revision = await shared.set(key, value, options);
          written?.(key, value);
          return revision;
        }),
      watch: async <Value>(prefix: string, options = {}) => {
        const watch = await read('watch', () => shared.watch<Value>(prefix, options));
        const arrives = () => this.#arrives();
        return {
          close: () => watch.close(),
          [Symbol.asyncDispose]: () => watch.close(),
          async *[Symbol.asyncIterator]() {
            for await (const change of watch) {
              await arrives();
              yield change;
            }
          },
        };
      },
      close: () => Promise.resolve(),
    };
  }

  /** `writtenKey`: of a write. */
  async #ask<T>(name: string, writtenKey: string | undefined, work: () => Promise<T>): Promise<T> {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
    const { latencyMs = 0 } = this.#options;
    const store = 'shared';
    const reason = 'the connection was cut';
    await this.#running();
    if (this.isCut) throw storeFaults.STORE_UNAVAILABLE({ store, reason });
    await this.#travel(latencyMs);
    const fate = writtenKey === undefined ? 1 : this.#random.next() / this.lostAnswers;
    // Late by a second; or never.
    if (fate < 1 / 3) this.#time.schedule(1000, () => void work().catch(() => undefined));
    const result = fate < 2 / 3 ? undefined : await work();
    await this.#travel(latencyMs);
    await this.#running();
    if (fate >= 1 && !this.isCut) return result as T;
    throw writtenKey === undefined
      ? storeFaults.STORE_UNAVAILABLE({ store, reason })
      : storeFaults.OUTCOME_UNKNOWN({ store, key: writtenKey, reason });
  }

  async #travel(latencyMs: number): Promise<void> {
    if (latencyMs > 0) await this.#time.sleep(this.#random.next() * latencyMs);
  }

  /** While it is cut off, or paused, nothing does. */
  async #arrives(): Promise<void> {
    await this.#travel(this.#options.latencyMs ?? 0);
    while (this.isCut) await new Promise<void>((resolve) => this.#whenHealed.push(resolve));
    await this.#running();
  }

  async #running(): Promise<void> {
    while (this.isPaused) await new Promise<void>((resolve) => this.#whenRunning.push(resolve));
  }
}
