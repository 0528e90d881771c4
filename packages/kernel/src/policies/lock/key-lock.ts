import { listen, unlisten } from '../pipeline/index.ts';
import { joinLine, type Waiter } from '../wait-line.ts';

/** How to wait for a key that is held. */
export interface AcquireOptions {
  /** Ends the wait when it aborts: it rejects at once with the signal's reason. A key that is held already stays so. */
  readonly signal?: AbortSignal | undefined;
  /** Who goes first: the greater; equal ones in the order of their arrival. Default 0. */
  readonly priority?: number | undefined;
}

/** Hands a key on to who waits first. Harmless when it has been called before. Also called by `using`. */
export interface Release {
  (): void;
  [Symbol.dispose](): void;
}

/** Locks by key: see `keyLock`. */
export interface KeyLock {
  /** How many keys are held. */
  readonly size: number;
  /** Holds the key as soon as it is its turn. Rejects with the reason of the signal. */
  acquire(key: string, options?: AcquireOptions): Promise<Release>;
  /**
   * Holds all the keys, each of them once: acquired one after the other in the order of their code units, whatever the
   * given order. When that fails on the way, what is held by then is released.
   */
  acquireAll(keys: Iterable<string>, options?: AcquireOptions): Promise<Release>;
  /** Does `work` while it holds the key, at once when nobody else does, and releases it however that ends. */
  run<T>(key: string, work: () => Promise<T> | T, options?: AcquireOptions): Promise<T>;
  /**
   * `acquire` without a promise: calls `turn` once it holds the key, at once when nobody else does. Answers how to give up
   * the wait, which is harmless when it is over.
   */
  enter(key: string, turn: (release: Release) => void, priority?: number): () => void;
}

/**
 * Locks by key: one holder a key at a time. Whoever waits is served in the order of arrival, greater priorities first;
 * a released key goes straight to the next one, and nobody who comes later overtakes. Keys that nobody holds take no memory.
 *
 * **Never re-entrant**: who acquires a key that it holds waits for itself, until its signal ends that. It is not refused,
 * because parallel branches of one operation may well wait for each other.
 *
 * Who needs several keys at once takes them by `acquireAll`, which cannot deadlock with others that do so.
 *
 * @example
 * using _held = await lock.acquire('session-7', { signal: AbortSignal.timeout(500) });
 */
export function keyLock(): KeyLock {
  /** Who waits for each key that is held. */
  const lines = new Map<string, Turn[]>();

  function hold(key: string, line: Turn[]): Release {
    let isHeld = true;
    lines.set(key, line);
    return disposable(() => {
      if (!isHeld) return;
      isHeld = false;
      const next = line.shift();
      if (next) next.begin(hold(key, line));
      else lines.delete(key);
    });
  }

  function enter(key: string, begin: Turn['begin'], priority = 0): () => void {
    const line = lines.get(key);
    if (line) return joinLine(line, { priority, begin });
    begin(hold(key, []));
    return () => undefined;
  }

  function acquire(key: string, { signal, priority }: AcquireOptions = {}): Promise<Release> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!lines.has(key)) return Promise.resolve(hold(key, []));
    return new Promise((resolve) => {
      const settle = (outcome: Release | Promise<never>) => {
        if (signal) unlisten(signal, listener);
        resolve(outcome);
      };
      const leave = enter(key, settle, priority);
      const listener = {
        onAbort(reason: unknown) {
          leave();
          settle(Promise.reject(reason));
        },
      };
      if (signal) listen(signal, listener);
    });
  }

  async function acquireAll(keys: Iterable<string>, options?: AcquireOptions): Promise<Release> {
    const releases: Release[] = [];
    const release = disposable(() => {
      for (const each of releases) each();
    });
    try {
      for (const key of [...new Set(keys)].sort()) releases.push(await acquire(key, options));
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  return Object.freeze({
    get size() {
      return lines.size;
    },
    acquire,
    acquireAll,
    enter,
    async run<T>(key: string, work: () => Promise<T> | T, options?: AcquireOptions): Promise<T> {
      const isFree = !lines.has(key) && !options?.signal?.aborted;
      const release = isFree ? hold(key, []) : await acquire(key, options);
      try {
        return await work();
      } finally {
        release();
      }
    },
  });
}

/** Assigned: `Object.assign` costs three times as much, a fifth of a lock that nobody holds. */
function disposable(release: () => void): Release {
  const both = release as Release;
  both[Symbol.dispose] = release;
  return both;
}

interface Turn extends Waiter {
  begin(release: Release): void;
}
