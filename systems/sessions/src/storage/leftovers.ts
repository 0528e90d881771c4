import type { Store } from '@sustain/stores';
import { type Head, LEFTOVERS, type Leftovers, logOf, type Owner } from '../layout/index.ts';

export interface LeftoversOptions {
  /** The primary: nothing is cleared away while it is not there. */
  readonly store: Store;
  /** Whether that instance can no longer write the log, and has nothing of it that it might still bring in. */
  readonly isOver: (by: Owner | undefined) => boolean;
  /** Does the work while nothing is done here to the session of that head. */
  readonly inTurn: <T>(headKey: string, work: () => Promise<T>) => Promise<T>;
}

/** Clears a deleted session's log away, then the note of it. Answers how many records that were. */
export async function clearLeftovers(
  incarnation: string,
  store: Store,
  signal?: AbortSignal,
): Promise<number> {
  let cleared = 0;
  for (;;) {
    const { entries, corrupted } = await store.list(logOf(incarnation), { limit: PAGE, signal });
    const keys = [...entries.map(({ key }) => key), ...corrupted];
    if (keys.length === 0) break;
    await Promise.all(keys.map((key) => store.delete(key)));
    cleared += keys.length;
    signal?.throwIfAborted();
  }
  await store.delete(LEFTOVERS + incarnation);
  return cleared;
}

/**
 * Clears up to `most` deleted sessions away, of those whose log nobody can write any more, whoever has noted them. Answers
 * the records.
 */
export async function clearAllLeftovers(
  options: LeftoversOptions,
  most: number,
  signal?: AbortSignal,
): Promise<number> {
  const { store, isOver, inTurn } = options;
  let cleared = 0;
  let sessions = 0;
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const page = await store.list<Leftovers>(LEFTOVERS, { after, limit: PAGE, signal });
    after = page.next;
    for (const { key, value } of page.entries) {
      if (!isOver(value.by)) continue;
      if (sessions++ >= most) return cleared;
      // Whoever is deleting it now has noted it, and not yet taken its head away.
      cleared += await inTurn(value.headKey, () => clearNoted(key, value.headKey, store, signal));
      signal?.throwIfAborted();
    }
  }
  return cleared;
}

async function clearNoted(
  noteKey: string,
  headKey: string,
  store: Store,
  signal: AbortSignal | undefined,
): Promise<number> {
  const incarnation = noteKey.slice(LEFTOVERS.length);
  const head = await store.get<Head>(headKey, { signal });
  if (head?.value.incarnation !== incarnation) return clearLeftovers(incarnation, store, signal);
  // It was noted, and its head not deleted: whoever did that has failed between, and the session lives.
  await store.delete(noteKey);
  return 0;
}

const PAGE = 100;
