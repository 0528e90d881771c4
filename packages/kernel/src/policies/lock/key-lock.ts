import { currentOperation, type Operation } from '../../faults/index.ts';
import { checkNumber } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { listen, type Refusal, unlisten } from '../pipeline/index.ts';
import { lockFaults } from './lock-faults.ts';

export interface KeyLockOptions {
  /** What faults and signals call it. Default `lock`. */
  readonly name?: string;
  /** What waits are timed by. Default: the host's time. */
  readonly clock?: Clock;
}

/** How to wait for a key that is held. */
export interface AcquireOptions {
  /** Ends the wait when it aborts: it rejects at once with the signal's reason. A key that is held already stays so. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at most, for all keys together. 0 or more. Default: for ever. */
  readonly maxWaitMs?: number | undefined;
  /** Who goes first: the greater; equal ones in the order of their arrival. Default 0. */
  readonly priority?: number | undefined;
  /** Who wants it, for diagnostics. Default: the current operation. */
  readonly operation?: Operation | undefined;
}

/** Hands a key on to who waits first. Harmless when it has been called before. Also called by `using`. */
export interface Release {
  (): void;
  [Symbol.dispose](): void;
}

/** Who holds a key. */
export interface LockHolder {
  /** The name of the lock. */
  readonly lock: string;
  readonly key: string;
  /** The id of the operation that acquired it, where there was one. */
  readonly holder: string | undefined;
  readonly heldMs: number;
  /** How many wait for it. */
  readonly waiting: number;
}

/**
 * Locks by key: one holder a key at a time. Whoever waits is served in the order of arrival, greater priorities first;
 * a released key goes straight to the next one, and nobody who comes later overtakes. Keys that nobody holds take no memory.
 *
 * **Never re-entrant**: who acquires a key that it holds waits for itself, until `maxWaitMs` or its signal ends that; the
 * fault LOCK_TIMED_OUT then says that its own operation is the holder. It is not refused at once, because parallel
 * branches of one operation may well wait for each other.
 *
 * Who needs several keys at once takes them by `acquireAll`, which cannot deadlock with others that do so.
 *
 * @example
 * using _held = await lock.acquire('session-7', { signal, maxWaitMs: 500 });
 */
export class KeyLock {
  readonly name: string;
  readonly #clock: Clock;
  readonly #holders = new Map<string, Holder>();

  constructor({ name = 'lock', clock = systemClock }: KeyLockOptions = {}) {
    this.name = name;
    this.#clock = clock;
  }

  /** How many keys are held. */
  get size(): number {
    return this.#holders.size;
  }

  /** Who holds the key; undefined when nobody does. */
  holder(key: string): LockHolder | undefined {
    const holder = this.#holders.get(key);
    return (
      holder && {
        lock: this.name,
        key,
        holder: holder.operation?.id,
        heldMs: this.#clock.monotonicMs() - holder.sinceMs,
        waiting: holder.queue.length,
      }
    );
  }

  /** Holds the key, if nobody does; else undefined. */
  tryAcquire(key: string, operation: Operation | undefined = currentOperation()): Release | undefined {
    return this.#holders.has(key) ? undefined : this.#hold(key, operation, []);
  }

  /**
   * Holds the key as soon as it is its turn. Rejects with the reason of the signal, or with the fault LOCK_TIMED_OUT after
   * `maxWaitMs`. Throws a RangeError or TypeError when that is out of range.
   */
  acquire(key: string, options: AcquireOptions = NO_OPTIONS): Promise<Release> {
    const { signal, operation = currentOperation() } = options;
    checkMaxWait(options);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const free = this.tryAcquire(key, operation);
    if (free) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const listener = {
        onAbort: (reason: unknown) => {
          giveUp();
          reject(reason);
        },
      };
      const giveUp = this.wait(key, options, (release, refusal) => {
        if (signal) unlisten(signal, listener);
        if (release) resolve(release);
        else reject(refusal?.toFault(operation?.id));
      });
      if (signal) listen(signal, listener);
    });
  }

  /**
   * Holds all the keys, each of them once: acquired one after the other in the order of their code units, whatever the
   * given order. When that fails on the way, what is held by then is released.
   */
  async acquireAll(keys: Iterable<string>, options: AcquireOptions = NO_OPTIONS): Promise<Release> {
    checkMaxWait(options);
    const startedMs = this.#clock.monotonicMs();
    const releases: Release[] = [];
    const release = disposable(() => {
      for (const each of releases) each();
    });
    try {
      for (const key of [...new Set(keys)].sort()) {
        const waitedMs = this.#clock.monotonicMs() - startedMs;
        const maxWaitMs = options.maxWaitMs && Math.max(options.maxWaitMs - waitedMs, 0);
        releases.push(await this.acquire(key, { ...options, maxWaitMs }));
      }
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** Does `work` while it holds the key, and releases it however that ends. */
  async run<T>(key: string, work: () => Promise<T> | T, options: AcquireOptions = NO_OPTIONS): Promise<T> {
    const free = options === NO_OPTIONS && this.tryAcquire(key);
    const release = free || (await this.acquire(key, options));
    try {
      return await work();
    } finally {
      release();
    }
  }

  /**
   * @internal Waits for a key that is held. Calls `end` once, later: with the way to release the key, or with why it does
   * not get it. Answers how to give the wait up, which is harmless when it has ended.
   */
  wait(key: string, options: Omit<AcquireOptions, 'signal'>, end: EndOfWait): () => void {
    const { maxWaitMs, priority = 0, operation = currentOperation() } = options;
    const { queue } = this.#holders.get(key) as Holder;
    const waiter: Waiter = {
      priority,
      admit: () => {
        timer?.cancel();
        end(this.#hold(key, operation, queue));
      },
    };
    queue.splice(queue.findLastIndex((other) => other.priority >= priority) + 1, 0, waiter);
    const leave = () => {
      timer?.cancel();
      const place = queue.indexOf(waiter);
      if (place >= 0) queue.splice(place, 1);
    };
    const onDeadline = (waitedMs: number) => {
      leave();
      const facts = this.holder(key) as LockHolder;
      const ownOperation = operation !== undefined && operation.id === facts.holder;
      end(undefined, {
        retryable: true,
        toFault: (operationId) =>
          lockFaults.LOCK_TIMED_OUT({ ...facts, waitedMs, ownOperation }, { operationId }),
      });
    };
    const timer =
      maxWaitMs === undefined
        ? undefined
        : this.#clock.deadline(maxWaitMs, this.#clock.monotonicMs(), onDeadline, maxWaitMs);
    return leave;
  }

  #hold(key: string, operation: Operation | undefined, queue: Waiter[]): Release {
    const holder = { operation, sinceMs: this.#clock.monotonicMs(), queue };
    this.#holders.set(key, holder);
    return disposable(() => {
      if (this.#holders.get(key) !== holder) return;
      const next = queue.shift();
      if (next) next.admit();
      else this.#holders.delete(key);
    });
  }
}

/** Gets the way to release the key, or why it is not to be had. */
type EndOfWait = (release: Release | undefined, refusal?: Refusal) => void;

const NO_OPTIONS: AcquireOptions = Object.freeze({});

/** @internal */
export function checkMaxWait({ maxWaitMs }: Pick<AcquireOptions, 'maxWaitMs'>): void {
  if (maxWaitMs !== undefined) {
    checkNumber('maxWaitMs of a lock', maxWaitMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
  }
}

function disposable(release: () => void): Release {
  return Object.assign(release, { [Symbol.dispose]: release });
}

interface Holder {
  readonly operation: Operation | undefined;
  readonly sinceMs: number;
  /** Who waits, in the order of their turns; handed from holder to holder. */
  readonly queue: Waiter[];
}

interface Waiter {
  readonly priority: number;
  readonly admit: () => void;
}
