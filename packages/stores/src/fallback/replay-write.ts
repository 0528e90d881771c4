import { ABSENT, type Entry, type Revision, type Store } from '../contract.ts';
import type { JournalRecord } from './journal-record.ts';
import { NEVER } from './local-revisions.ts';

/** @internal What came of a journalled write in the primary. `at`: the revision that its key is at now, or ABSENT. */
export type Replayed =
  | { readonly ok: true; readonly at: Revision }
  | { readonly ok: false; readonly theirs: Entry | undefined };

/**
 * Does what the record says, if its key is at the revision `at`. Whatever that is: when the primary remembers the
 * operation it answers as then.
 */
export async function replayWrite(
  primary: Store,
  record: JournalRecord,
  at: Revision,
  operationId: string,
  leftMs: number | undefined,
): Promise<Replayed> {
  const { kind, key, guard } = record;
  const isDone =
    kind === 'delete'
      ? await primary.delete(key, { revision: at === ABSENT ? NEVER : at, operationId, guard })
      : kind === 'touch' && (await primary.touch(key, at, leftMs as number));
  if (isDone) return { ok: true, at: kind === 'delete' ? ABSENT : at };
  if (kind === 'set') return putWrite(primary, record, at, operationId, leftMs);
  const theirs = await primary.get(key);
  return kind === 'delete' && theirs === undefined ? { ok: true, at: ABSENT } : { ok: false, theirs };
}

/** Brings about what the record led to, whatever its kind, upon the revision `at`. */
export async function putWrite(
  primary: Store,
  { kind, key, value, guard }: JournalRecord,
  at: Revision,
  operationId: string,
  leftMs: number | undefined,
): Promise<Replayed> {
  if (kind === 'delete') {
    if (await primary.delete(key, { revision: at, operationId, guard })) return { ok: true, at: ABSENT };
    return { ok: false, theirs: await primary.get(key) };
  }
  const options = { ttlMs: leftMs, operationId, guard };
  const result = await primary.compareAndSet(key, at, value, options);
  return result.ok ? { ok: true, at: result.revision } : { ok: false, theirs: result.entry };
}
