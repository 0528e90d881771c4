import { type Revision, storeFaults } from '../contract.ts';
import type { JournalRecord } from './journal-record.ts';
import type { PrimaryLink } from './primary-link.ts';

/** @internal Whether a write has happened whose answer was lost. */
export type Settled =
  | { readonly happened: true; readonly revision: Revision | undefined }
  /** And it never will. */
  | { readonly happened: false };

/**
 * Finds out. Its request may still be under way, and would then overwrite what others have written meanwhile. So its
 * operation id is used up, for an entry of our own: if that is there the write has not happened, and can no longer. The
 * entry stays for as long as the primary remembers the id, so that asking again answers the same.
 */
export async function settle(
  link: PrimaryLink,
  { kind }: JournalRecord,
  operationId: string,
  marker: string,
  ttlMs: number,
): Promise<Settled> {
  try {
    const revision = await link.ask((primary) => primary.set(marker, true, { operationId, ttlMs }), marker);
    const isUsedUp = (await link.ask((primary) => primary.get(marker)))?.revision === revision;
    return isUsedUp ? { happened: false } : { happened: true, revision };
  } catch (error) {
    if (!storeFaults.STORE_REQUEST_INVALID.matches(error)) throw error;
    // So it is refused where the id is that of a deletion which found nothing: this one, or, by a caller's mistake, another.
    return kind === 'delete' ? { happened: true, revision: undefined } : { happened: false };
  }
}
