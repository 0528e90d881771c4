import { currentOperation, type Operation } from '../../faults/index.ts';
import { type Clock, systemClock, type Timer } from '../../time/index.ts';
import { checkNumber } from '../check-number.ts';
import { listen, type Refusal, unlisten } from '../pipeline/index.ts';
import { policyFaults } from '../policy-faults.ts';

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
  /** The holder of each key; who waits is in the ring behind it. */
  readonly #holders = new Map<string, Place>();

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
    const place = this.#holders.get(key);
    if (place === undefined) return undefined;
    let waiting = 0;
    for (let { next } = place; next !== place; next = next.next) waiting++;
    const heldMs = this.#clock.monotonicMs() - place.sinceMs;
    return { lock: this.name, key, holder: place.operation?.id, heldMs, waiting };
  }

  /** Holds the key, if nobody does; else undefined. */
  tryAcquire(key: string, operation: Operation | undefined = currentOperation()): Release | undefined {
    if (this.#holders.has(key)) return undefined;
    const place = new Place(operation, this.#clock.monotonicMs());
    this.#holders.set(key, place);
    return this.#releaseOf(key, place);
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
    const free = options === NO_OPTIONS ? this.tryAcquire(key) : undefined;
    const release = free ?? (await this.acquire(key, options));
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
    const holder = this.#holders.get(key) as Place;
    const nowMs = this.#clock.monotonicMs();
    const place = new Place(operation, nowMs);
    let { prev } = holder;
    while (prev !== holder && prev.priority < priority) prev = prev.prev;
    link(place, prev.next);
    link(prev, place);
    place.priority = priority;
    const stop = () => {
      place.granted = undefined;
      timer?.cancel();
    };
    const leave = () => {
      if (!place.granted) return;
      stop();
      link(place.prev, place.next);
    };
    place.granted = () => {
      stop();
      end(this.#releaseOf(key, place));
    };
    let timer: Timer | undefined;
    if (maxWaitMs !== undefined) {
      const onDeadline = () => {
        leave();
        const facts = this.holder(key) as LockHolder;
        const ownOperation = facts.holder !== undefined && facts.holder === operation?.id;
        const context = { ...facts, maxWaitMs, ownOperation };
        end(undefined, {
          retryable: true,
          toFault: (operationId) => policyFaults.LOCK_TIMED_OUT(context, { operationId }),
        });
      };
      timer = this.#clock.deadline(maxWaitMs, nowMs, onDeadline, undefined);
    }
    return leave;
  }

  #releaseOf(key: string, place: Place): Release {
    return disposable(() => {
      const { prev, next } = place;
      if (this.#holders.get(key) !== place) return;
      if (next === place) {
        this.#holders.delete(key);
        return;
      }
      link(prev, next);
      this.#holders.set(key, next);
      next.sinceMs = this.#clock.monotonicMs();
      next.granted?.();
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

/** Who holds a key, or waits for it: a ring around the holder, in the order of their turns. */
class Place {
  readonly operation: Operation | undefined;
  /** Since when it holds the key, or waits. */
  sinceMs: number;
  priority = 0;
  /** Set while it waits. */
  granted: (() => void) | undefined = undefined;
  prev: Place = this;
  next: Place = this;

  constructor(operation: Operation | undefined, sinceMs: number) {
    this.operation = operation;
    this.sinceMs = sinceMs;
  }
}

function link(prev: Place, next: Place): void {
  prev.next = next;
  next.prev = prev;
}
