import { type Clock, keyLock, type Random, type SignalSink } from '@sustain/kernel';
import { ABSENT, type Store, tryAcquireLease } from '@sustain/stores';
import { CLEANUP_CURSOR, CLEANUP_LEASE, HEADS, type Head } from '../layout/index.ts';
import type { SessionKey } from '../session/index.ts';
import { clearAllLeftovers, type LeftoversOptions } from '../storage/index.ts';
import type { CleanupOptions, CleanupReport } from './session-manager.ts';

export interface CleanerOptions {
  /** The primary: what is not there cannot be cleared away. */
  readonly store: Store;
  readonly leftovers: LeftoversOptions;
  readonly instance: string;
  /** Whether a session with this head has expired, as far as can be known without its turn. */
  readonly isOver: (head: Head, signal?: AbortSignal) => Promise<boolean>;
  /** Whether it was there, and has expired. */
  readonly deleteExpired: (key: SessionKey, signal?: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/**
 * Deletes what has expired, and clears away what deleted sessions have left. It looks at a bounded number of sessions and
 * goes on the next time where it stopped, whichever instance does it then.
 */
export class SessionCleaner {
  readonly #options: CleanerOptions;
  /** Of the registry of sessions: one cleanup at a time in this process, by the lease in all. */
  readonly #registry = keyLock();

  constructor(options: CleanerOptions) {
    this.#options = options;
  }

  async clean({ maxSessions = 1000, signal }: CleanupOptions = {}): Promise<CleanupReport> {
    return this.#registry.run('cleanup', () => this.#cleanAlone(maxSessions, signal), { signal });
  }

  async #cleanAlone(maxSessions: number, signal: AbortSignal | undefined): Promise<CleanupReport> {
    const { store, instance: holder, clock, random, signals } = this.#options;
    const terms = { ttlMs: LEASE_TTL_MS, holder, clock, random, signals, signal };
    const lease = await tryAcquireLease(store, CLEANUP_LEASE, terms);
    if (lease === undefined) {
      // What this instance has left, it may alone know to be over.
      return { ...NOTHING, isElsewhere: true, recordsCleared: await this.#clear(maxSessions, signal) };
    }
    const until = signal === undefined ? lease.signal : AbortSignal.any([lease.signal, signal]);
    try {
      const report = await this.#sweep(maxSessions, until);
      return { ...report, recordsCleared: await this.#clear(maxSessions, until) };
    } finally {
      await lease.release();
    }
  }

  #clear(maxSessions: number, signal: AbortSignal | undefined): Promise<number> {
    return clearAllLeftovers(this.#options.leftovers, maxSessions, signal);
  }

  async #sweep(maxSessions: number, signal: AbortSignal): Promise<CleanupReport> {
    const { store } = this.#options;
    const failed: { readonly sessionId: string; readonly reason: string }[] = [];
    const cursor = await store.get<{ readonly after?: string }>(CLEANUP_CURSOR, { signal });
    let after = cursor?.value.after;
    let looked = 0;
    let deleted = 0;
    const isEnough = () => deleted >= maxSessions || failed.length >= MAX_FAILURES;
    while (looked < maxSessions * LOOKS_PER_DELETION && !isEnough()) {
      const page = await store.list<Head>(HEADS, { after, limit: PAGE, signal });
      after = page.next;
      for (const { key, value: head } of page.entries) {
        looked++;
        try {
          if (await this.#delete(head, signal)) deleted++;
        } catch (error) {
          signal.throwIfAborted();
          failed.push({ sessionId: head.key.sessionId, reason: (error as Error).message });
        }
        if (!isEnough()) continue;
        after = key;
        break;
      }
      if (after === undefined) break;
    }
    await store.compareAndSet(CLEANUP_CURSOR, cursor?.revision ?? ABSENT, { after }, { signal });
    return { ...NOTHING, looked, deleted, failed, isPartial: after !== undefined };
  }

  async #delete(head: Head, signal: AbortSignal): Promise<boolean> {
    const { isOver, deleteExpired } = this.#options;
    return (await isOver(head, signal)) && (await deleteExpired(head.key, signal)) !== undefined;
  }
}

const NOTHING: CleanupReport = {
  isElsewhere: false,
  looked: 0,
  deleted: 0,
  failed: [],
  recordsCleared: 0,
  isPartial: false,
};
const LEASE_TTL_MS = 30_000;
const PAGE = 500;
/** How many sessions are looked at, at most, for each that may be deleted. */
const LOOKS_PER_DELETION = 10;
/** After so many it ends for now: each may have taken as long as another instance is waited for. */
const MAX_FAILURES = 100;
