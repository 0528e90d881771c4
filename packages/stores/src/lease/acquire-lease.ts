import type { Random } from '@sustain/kernel';
import type { Store } from '../contract.ts';
import { checkKey } from '../limits.ts';
import { storeFaults } from '../store-faults.ts';
import { HeldLease } from './held-lease.ts';
import type { Lease } from './lease.ts';
import { leaseFaults } from './lease-faults.ts';
import { placeKey } from './lease-line.ts';
import { type LeaseOptions, type LeaseTerms, leaseTerms } from './lease-options.ts';
import { leaseAcquired } from './lease-signals.ts';
import { takeLease } from './take-lease.ts';
import { untilAborted } from './until-aborted.ts';
import { waitForLease } from './wait-for-lease.ts';

/**
 * Waits until it has the lease `key`, whose entry in the store is its own business: nobody else writes there. Keys have up
 * to 479 bytes.
 *
 * First come, first served, in the order in which the store has seen them get in line; whoever waits watches only who is
 * directly before it. With n before it that hold it for h each, one waits for n × (h + 50 ms and a few commands). A holder
 * that dies costs its ttl more, one that dies while it waits its own, and what a watch is late on expiry. Only in a
 * moment in which such a one has expired can a newcomer be served before those in line.
 *
 * Rejects with the reason of the signal; with LEASE_NOT_ACQUIRED when it has waited for `maxWaitMs`, or when what is
 * stored under the key is no lease; with what the store rejects with when it cannot be asked. Once in line, it outlasts a
 * store that is away. Throws a RangeError or TypeError when an option is out of range.
 */
export async function acquireLease(store: Store, key: string, options: LeaseOptions): Promise<Lease> {
  const { signal } = options;
  const terms = settle(store, key, options);
  signal?.throwIfAborted();
  const { clock, maxWaitMs } = terms;
  const patience = new AbortController();
  const giveUp = () => patience.abort(signal?.reason);
  signal?.addEventListener('abort', giveUp, { once: true });
  const timer =
    maxWaitMs === undefined
      ? undefined
      : clock.schedule(maxWaitMs, () => patience.abort(overdue(key, terms)));
  const begunMs = clock.monotonicMs();
  try {
    const acquired = acquire(store, key, terms, patience.signal);
    const lease = await untilAborted(acquired, patience.signal, (late) => void late.release());
    return told(store, lease, terms, clock.monotonicMs() - begunMs);
  } finally {
    timer?.cancel();
    signal?.removeEventListener('abort', giveUp);
  }
}

/** The lease `key` if it is free now, and nobody waits for it; else undefined. Rejects as `acquireLease` does. */
export async function tryAcquireLease(
  store: Store,
  key: string,
  options: Omit<LeaseOptions, 'maxWaitMs'>,
): Promise<Lease | undefined> {
  const { signal } = options;
  const terms = settle(store, key, options);
  signal?.throwIfAborted();
  const id = newId(terms.random);
  // Asked again, the store tells whether it was taken.
  const taking = tryToTake(store, key, id, terms).then((it) => it ?? takeLease(store, key, id, terms));
  const taken = await untilAborted(taking, signal, (late) => {
    if (late instanceof HeldLease) void late.release();
  });
  return taken instanceof HeldLease ? told(store, taken, terms, 0) : undefined;
}

/**
 * Works while it has the lease, and lets it go. Rejects as `acquireLease`, as the work, and with LEASE_LOST when the lease
 * was lost before the work was done, whatever came of it: the work ends by `lease.signal`, and is waited for.
 */
export async function withLease<T>(
  store: Store,
  key: string,
  options: LeaseOptions,
  work: (lease: Lease) => Promise<T> | T,
): Promise<T> {
  const lease = await acquireLease(store, key, options);
  try {
    lease.signal.throwIfAborted(); // the store may have answered too late
    const result = await work(lease);
    lease.signal.throwIfAborted();
    return result;
  } finally {
    await lease.release();
  }
}

async function acquire(
  store: Store,
  key: string,
  terms: LeaseTerms,
  signal: AbortSignal,
): Promise<HeldLease> {
  const id = newId(terms.random);
  const taken = await tryToTake(store, key, id, terms);
  return taken instanceof HeldLease ? taken : waitForLease(store, key, id, terms, signal);
}

/** Undefined when it may have been taken, and the answer was lost. */
async function tryToTake(store: Store, key: string, id: string, terms: LeaseTerms) {
  try {
    return await takeLease(store, key, id, terms);
  } catch (error) {
    if (storeFaults.OUTCOME_UNKNOWN.matches(error)) return undefined;
    throw error;
  }
}

function settle(store: Store, key: string, options: LeaseOptions): LeaseTerms {
  checkKey(store.name, key);
  checkKey(store.name, placeKey(key, '0'.repeat(ID_LENGTH)));
  return leaseTerms(key, options);
}

function told(store: Store, lease: HeldLease, { holder, signals }: LeaseTerms, waitedMs: number): HeldLease {
  const { key, token } = lease;
  signals.channel(leaseAcquired).emit({ key, token, holder, waitedMs }, { source: store.name });
  return lease;
}

function overdue(key: string, { holder, maxWaitMs, operationId }: LeaseTerms): Error {
  const reason = `it was not free within ${maxWaitMs} ms`;
  return leaseFaults.LEASE_NOT_ACQUIRED({ key, holder, reason }, { operationId });
}

/** Of one acquisition. */
function newId(random: Random): string {
  let id = '';
  while (id.length < ID_LENGTH) id += Math.floor(random.next() * 16).toString(16);
  return id;
}

/** Hexadecimal digits: no two of a billion acquisitions have the same, where chance is good. */
const ID_LENGTH = 20;
