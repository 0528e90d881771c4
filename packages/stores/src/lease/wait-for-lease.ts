import type { Change, Store } from '../contract.ts';
import { storeFaults } from '../store-faults.ts';
import { HeldLease } from './held-lease.ts';
import { handOver, PlaceInLine } from './lease-line.ts';
import type { LeaseTerms } from './lease-options.ts';
import { leaseRecordOf } from './lease-record.ts';
import { takeLease } from './take-lease.ts';

/** @internal Gets in line, and answers when its turn has come. Outlasts a store that is away. */
export async function waitForLease(
  store: Store,
  key: string,
  id: string,
  terms: LeaseTerms,
  signal: AbortSignal,
): Promise<HeldLease> {
  const place = new PlaceInLine(store, key, id, terms);
  let lease: HeldLease | undefined;
  try {
    while (lease === undefined) {
      signal.throwIfAborted();
      try {
        lease = await nextTurn(store, key, id, terms, place, signal);
      } catch (error) {
        if (!storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
        const delayMs = MAX_RETRY_MS * (0.5 + terms.random.next() / 2);
        await terms.clock.sleep(delayMs, { signal });
      }
    }
    return lease;
  } finally {
    void leave(store, key, id, terms, place, lease === undefined);
  }
}

/** The lease, when it is its turn; or nothing, when one must look again. */
async function nextTurn(
  store: Store,
  key: string,
  id: string,
  terms: LeaseTerms,
  place: PlaceInLine,
  signal: AbortSignal,
): Promise<HeldLease | undefined> {
  const ahead = await place.ahead(signal);
  const watch = await store.watch(ahead ?? key, { signal });
  // A watch tells how things are: what was here when it was asked for, and had come and gone before the watch saw it, is
  // never told.
  const patienceMs = terms.ttlMs * (ahead === undefined ? 1 : 10) * (1 + terms.random.next() / 4);
  const look = terms.clock.schedule(patienceMs, () => void watch.close(), { keepAlive: false });
  try {
    // Whatever has changed before it watched is seen by looking now.
    const isOver = async () => {
      if (ahead !== undefined) return (await place.ahead(signal)) !== ahead;
      const taken = await takeLease(store, key, id, terms);
      if (taken instanceof HeldLease) lease = taken;
      return lease !== undefined;
    };
    let lease: HeldLease | undefined;
    if (await isOver()) return lease;
    for await (const change of watch) {
      if (change.key === (ahead ?? key) && isNews(change, id) && (await isOver())) return lease;
    }
    return undefined;
  } finally {
    look.cancel();
    await watch.close();
  }
}

/** Whether it may be its turn: what others do among themselves is no reason to ask. */
function isNews(change: Change, id: string): boolean {
  return change.kind !== 'set' || leaseRecordOf(change)?.id === id;
}

/** Gives back what was kept for it, too. What the store is not told of ends by its ttl. */
async function leave(
  store: Store,
  key: string,
  id: string,
  terms: LeaseTerms,
  place: PlaceInLine,
  isInVain: boolean,
): Promise<void> {
  try {
    await place.leave();
    if (!isInVain) return;
    const entry = await store.get(key);
    if (entry === undefined || leaseRecordOf(entry)?.id !== id) return;
    await handOver(store, key, entry.revision, id, terms.ttlMs);
  } catch {
    return;
  }
}

const MAX_RETRY_MS = 1000;
