import type { Clock, Timer } from '@sustain/kernel';
import type { Stored, Subscriber } from './backend.ts';
import { ABSENT, type Change, type Entry, type Revision, type Watch } from './contract.ts';
import { storeFaults } from './store-faults.ts';

/** @internal What a watch needs of its store. */
export interface WatchSource<Value> {
  readonly prefix: string;
  readonly tellsExisting: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  list(after: string | undefined, limit: number): Promise<readonly Stored[]>;
  get(key: string): Promise<Entry<Value> | undefined>;
  subscribe(subscriber: Subscriber): Promise<() => void>;
  ended(): void;
}

/**
 * @internal Finds changes by comparing revisions. What it hears only says where to look, so that it does not matter
 * whether a driver's news come twice, late or in another order; after a gap it looks everywhere. It reads when its reader
 * asks for more, so that a slow reader costs no memory.
 */
export class StoreWatch<Value> implements Watch<Value> {
  readonly #source: WatchSource<Value>;
  /** What the reader has been told, by key. */
  readonly #known = new Map<string, Revision>();
  /** Keys to look at, in the order in which they were heard of. */
  readonly #suspects = new Set<string>();
  readonly #expiries = new Map<string, Expiry>();
  #expiryTimer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #mustLookEverywhere = false;
  #isEnded = false;
  #isRead = false;
  #wake: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;
  readonly #beginning = Promise.withResolvers<void>();
  readonly #end = (): void => {
    void this.close();
    this.#beginning.reject(this.#source.signal?.reason);
  };

  constructor(source: WatchSource<Value>) {
    this.#source = source;
  }

  /** Called once. */
  begin(): Promise<void> {
    this.#source.signal?.addEventListener('abort', this.#end, { once: true });
    this.#begin().then(this.#beginning.resolve, this.#beginning.reject);
    return this.#beginning.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change<Value>, void, undefined> {
    if (this.#isRead) throw new TypeError('a watch has one reader: watch again for another');
    this.#isRead = true;
    try {
      while (!this.#isEnded) yield* await this.#changes();
    } finally {
      await this.close();
    }
    this.#source.signal?.throwIfAborted();
  }

  async close(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#source.signal?.removeEventListener('abort', this.#end);
    this.#expiryTimer?.timer.cancel();
    this.#unsubscribe?.();
    this.#wake?.();
    this.#source.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #begin(): Promise<void> {
    try {
      this.#unsubscribe = await this.#source.subscribe({
        changed: (key, ttlMs) => this.#changed(key, ttlMs),
        missed: () => {
          this.#mustLookEverywhere = true;
          this.#wake?.();
        },
      });
      await this.#lookEverywhere(this.#source.tellsExisting);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      // Closed meanwhile: then nobody else will stop it.
      if (this.#isEnded) this.#unsubscribe?.();
    }
  }

  /** What is to be told now; waits until there may be something. */
  async #changes(): Promise<readonly Change<Value>[]> {
    if (this.#suspects.size === 0 && !this.#mustLookEverywhere) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    try {
      if (this.#mustLookEverywhere) {
        this.#mustLookEverywhere = false;
        await this.#lookEverywhere(true);
      }
      return await this.#lookAtSuspects();
    } catch (error) {
      if (this.#isEnded) return [];
      if (!storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
      // Where the driver hears of the return first, it says so, and this look was one too many.
      this.#mustLookEverywhere = true;
      await this.#source.clock.sleep(RETRY_MS, { keepAlive: false });
      return [];
    }
  }

  /** Makes suspects of what differs from what is known; without `tells` it only learns. */
  async #lookEverywhere(tells: boolean): Promise<void> {
    const unseen = new Set(this.#known.keys());
    let page: readonly Stored[] = [];
    do {
      page = await this.#source.list(page.at(-1)?.key, WATCHED_PAGE);
      for (const { key, revision, ttlMs } of page) {
        unseen.delete(key);
        if (ttlMs !== undefined) this.#expires(key, ttlMs);
        if (this.#known.get(key) === revision) continue;
        if (tells) this.#suspects.add(key);
        else this.#known.set(key, revision);
      }
    } while (page.length >= WATCHED_PAGE);
    for (const key of unseen) this.#suspects.add(key);
  }

  async #lookAtSuspects(): Promise<readonly Change<Value>[]> {
    const keys = [...this.#suspects].slice(0, LOOKS_AT_ONCE);
    const looks = await Promise.allSettled(keys.map((key) => this.#look(key)));
    const found = looks.flatMap((look) => (look.status === 'fulfilled' ? (look.value ?? []) : []));
    const failed = looks.find((look) => look.status === 'rejected');
    // What was found is known from now on, so it is told now; those that failed are suspects still.
    if (failed !== undefined && found.length === 0) throw failed.reason;
    return found;
  }

  async #look(key: string): Promise<Change<Value> | undefined> {
    this.#suspects.delete(key); // before it looks: what is heard of it meanwhile is newer
    try {
      const entry = await this.#source.get(key);
      if (entry === undefined) {
        this.#expiries.delete(key);
        return this.#known.delete(key) ? { kind: 'deleted', key } : undefined;
      }
      if ((this.#known.get(key) ?? 0) >= entry.revision) return undefined;
      this.#known.set(key, entry.revision);
      return { kind: 'set', ...entry };
    } catch (error) {
      if (storeFaults.ENTRY_CORRUPTED.matches(error)) {
        if (!this.#known.has(key)) this.#known.set(key, ABSENT); // so that its deletion is told
        return { kind: 'corrupted', key };
      }
      this.#suspects.add(key);
      throw error;
    }
  }

  #changed(key: string, ttlMs: number | undefined): void {
    if (!key.startsWith(this.#source.prefix)) return;
    this.#suspects.add(key);
    if (ttlMs === undefined) this.#expiries.delete(key);
    else this.#expires(key, ttlMs);
    this.#wake?.();
  }

  #expires(key: string, ttlMs: number): void {
    const dueMs = this.#source.clock.monotonicMs() + ttlMs;
    this.#expiries.set(key, { ttlMs, dueMs });
    if (dueMs < (this.#expiryTimer?.dueMs ?? Number.POSITIVE_INFINITY)) this.#lookAtExpiriesAt(dueMs);
  }

  #lookAtExpiriesAt(dueMs: number): void {
    this.#expiryTimer?.timer.cancel();
    if (this.#isEnded) return;
    const { clock } = this.#source;
    const delayMs = Math.max(dueMs - clock.monotonicMs(), EXPIRY_EVERY_MS);
    const timer = clock.schedule(delayMs, () => this.#lookAtExpiries(), { keepAlive: false });
    this.#expiryTimer = { timer, dueMs };
  }

  #lookAtExpiries(): void {
    const nowMs = this.#source.clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [key, expiry] of this.#expiries) {
      if (expiry.dueMs <= nowMs) {
        this.#suspects.add(key);
        // It may have been touched, which nobody tells: then it is looked at again.
        expiry.dueMs = nowMs + Math.max(expiry.ttlMs / 4, EXPIRY_EVERY_MS);
      }
      nextMs = Math.min(nextMs, expiry.dueMs);
    }
    this.#expiryTimer = undefined;
    if (this.#suspects.size > 0) this.#wake?.();
    if (nextMs < Number.POSITIVE_INFINITY) this.#lookAtExpiriesAt(nextMs);
  }
}

interface Expiry {
  readonly ttlMs: number;
  /** Monotonic. */
  dueMs: number;
}

const EXPIRY_EVERY_MS = 250;
const RETRY_MS = 200;
/** Entries that are listed at once. */
const WATCHED_PAGE = 500;
/** Entries that are read beside each other. */
const LOOKS_AT_ONCE = 32;
