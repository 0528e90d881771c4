import { ABSENT, type CompareAndSetResult, type Store } from '../contract.ts';
import { HeldLease } from './held-lease.ts';
import { leaseFaults } from './lease-faults.ts';
import type { LeaseTerms } from './lease-options.ts';
import { type LeaseRecord, leaseRecordOf } from './lease-record.ts';

/**
 * @internal The lease, when it is free, kept for `id`, or was taken in this name without an answer; else who has it. No
 * operation ids: the store would remember one for each acquisition.
 */
export async function takeLease(
  store: Store,
  key: string,
  id: string,
  terms: LeaseTerms,
): Promise<HeldLease | LeaseRecord> {
  const { clock, holder, ttlMs } = terms;
  const record: LeaseRecord = { state: 'held', id, holder };
  const sentMs = clock.monotonicMs();
  for (let expected = ABSENT; ; ) {
    const result: CompareAndSetResult = await store.compareAndSet(key, expected, record, { ttlMs });
    if (result.ok) return new HeldLease(store, key, id, result.revision, sentMs, terms);
    const found = result.entry && leaseRecordOf(result.entry);
    if (result.entry !== undefined && found === undefined) {
      const reason = 'what is stored there is no lease';
      throw leaseFaults.LEASE_NOT_ACQUIRED({ key, holder, reason });
    }
    if (found !== undefined && found.id !== id) return found;
    const revision = result.entry?.revision ?? ABSENT;
    if (found?.state !== 'held') expected = revision;
    else if (await store.touch(key, revision, ttlMs)) {
      return new HeldLease(store, key, id, revision, sentMs, terms);
    }
  }
}
