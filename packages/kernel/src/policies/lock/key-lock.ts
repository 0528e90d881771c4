import { currentOperation, type Operation } from '../../faults/index.ts';
import { checkNumber, FOREVER } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { listen, unlisten } from '../pipeline/index.ts';
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

/** Locks by key: see `keyLock`. */
export interface KeyLock {
  /** How many keys are held. */
  readonly size: number;
  /** Who holds the key; undefined when nobody does. */
  holder(key: string): LockHolder | undefined;
  /**
   * Holds the key as soon as it is its turn. Rejects with the reason of the signal, or with the fault LOCK_TIMED_OUT after
   * `maxWaitMs`. Throws a RangeError or TypeError when that is out of range.
   */
  acquire(key: string, options?: AcquireOptions): Promise<Release>;
  /**
   * Holds all the keys, each of them once: acquired one after the other in the order of their code units, whatever the
   * given order. When that fails on the way, what is held by then is released.
   */
  acquireAll(keys: Iterable<string>, options?: AcquireOptions): Promise<Release>;
  /** Does `work` while it holds the key, and releases it however that ends. */
  run<T>(key: string, work: () => Promise<T> | T, options?: AcquireOptions): Promise<T>;
}

/**
 * Locks by key: one holder a key at a time. Whoever waits is served in the order of arrival, greater priorities first;
 * a released key goes straight to the next one, and nobody who comes later overtakes. Keys that nobody holds take no memory.
 *
 * **Never re-entrant**: who acquires a key that it holds waits for itself, until `maxWaitMs` or its signal ends that; the
 * fault LOCK_TIMED_OUT then names as the holder the operation that waited. It is not refused at once, because parallel
 * branches of one operation may well wait for each other.
 *
 * Who needs several keys at once takes them by `acquireAll`, which cannot deadlock with others that do so.
 *
 * @example
 * using _held = await lock.acquire('session-7', { signal, maxWaitMs: 500 });
 */
export function keyLock({ name = 'lock', clock = systemClock }: KeyLockOptions = {}): KeyLock {
  const holders = new Map<string, Holder>();

  function hold(key: string, operation: Operation | undefined, queue: Waiter[]): Release {
    const own = { operation, sinceMs: clock.monotonicMs(), queue };
    holders.set(key, own);
    return disposable(() => {
      if (holders.get(key) !== own) return;
      if (queue[0]) queue[0].admit();
      else holders.delete(key);
    });
  }

  function holder(key: string): LockHolder | undefined {
    const own = holders.get(key);
    return (
      own && {
        lock: name,
        key,
        holder: own.operation?.id,
        heldMs: clock.monotonicMs() - own.sinceMs,
        waiting: own.queue.length,
      }
    );
  }

  function acquire(key: string, options: AcquireOptions = {}): Promise<Release> {
    const { signal, priority = 0, operation = currentOperation() } = options;
    const maxWaitMs = checkMaxWait(options);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const queue = holders.get(key)?.queue;
    if (!queue) return Promise.resolve(hold(key, operation, []));
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (timer) timer.cancel();
        if (signal) unlisten(signal, waiter);
        queue.splice(queue.indexOf(waiter), 1);
      };
      const waiter = {
        priority,
        admit() {
          leave();
          resolve(hold(key, operation, queue));
        },
        onAbort(reason: unknown) {
          leave();
          reject(reason);
        },
      };
      const onLate = () => {
        const context = { ...(holder(key) as LockHolder), waitedMs: maxWaitMs };
        waiter.onAbort(lockFaults.LOCK_TIMED_OUT(context, { operationId: operation?.id }));
      };
      const timer = maxWaitMs < FOREVER && clock.deadline(maxWaitMs, clock.monotonicMs(), onLate, undefined);
      queue.splice(queue.findLastIndex((other) => other.priority >= priority) + 1, 0, waiter);
      if (signal) listen(signal, waiter);
    });
  }

  async function acquireAll(keys: Iterable<string>, options: AcquireOptions = {}): Promise<Release> {
    const endMs = clock.monotonicMs() + checkMaxWait(options);
    const releases: Release[] = [];
    const release = disposable(() => {
      for (const each of releases) each();
    });
    try {
      for (const key of [...new Set(keys)].sort()) {
        const maxWaitMs = Math.max(endMs - clock.monotonicMs(), 0);
        releases.push(await acquire(key, { ...options, maxWaitMs }));
      }
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  return Object.freeze({
    get size() {
      return holders.size;
    },
    holder,
    acquire,
    acquireAll,
    async run<T>(key: string, work: () => Promise<T> | T, options?: AcquireOptions): Promise<T> {
      const release = await acquire(key, options);
      try {
        return await work();
      } finally {
        release();
      }
    },
  });
}

/** @internal Answers what may be waited, once it is in its range. */
export function checkMaxWait({ maxWaitMs = FOREVER }: Pick<AcquireOptions, 'maxWaitMs'>): number {
  if (maxWaitMs !== FOREVER) checkNumber('maxWaitMs of a lock', maxWaitMs, { least: 0 });
  return maxWaitMs;
}

/** Assigned: `Object.assign` costs three times as much, a fifth of a lock that nobody holds. */
function disposable(release: () => void): Release {
  const both = release as Release;
  both[Symbol.dispose] = release;
  return both;
}

interface Holder {
  readonly operation: Operation | undefined;
  readonly sinceMs: number;
  /** Who waits, in the order of their turns; handed from holder to holder. */
  readonly queue: Waiter[];
}

interface Waiter {
  readonly priority: number;
  /** It is its turn. */
  admit(): void;
}
