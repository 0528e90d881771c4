import type { Entry, Page, Store } from '@sustain/stores';
import { frozen } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import { type Head, type LogRecord, logKey, logOf, revisionOf } from '../layout/index.ts';
import { REMEMBERED_CHANGES } from './last-changes.ts';
import { OpenSession } from './open-session.ts';

export interface LoadOptions {
  readonly operation: string;
  /** Whether nobody else can be writing it, so that a gap in its log is no race. */
  readonly isOurs: boolean;
  /** Whether its events are wanted; to change it only the last changes are needed. */
  readonly isWhole: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a session's log, all of it or the last changes, up to where it has a gap because somebody is still writing it. Rejects with
 * SESSION_STORAGE_CORRUPTED when an entry of it is damaged or missing, with SESSION_SERVICE_UNAVAILABLE when not all of it
 * can be known now. What is deleted meanwhile has a log that is damaged, or ends early: only who sees its head afterwards
 * knows that it was not.
 */
export async function loadSession(
  store: Store,
  { key, value: head, revision: headRevision }: Entry<Head>,
  { operation, isOurs, isWhole, signal }: LoadOptions,
): Promise<OpenSession> {
  const { sessionId } = head.key;
  const session = new OpenSession(frozen(head), headRevision);
  const first = isWhole ? FIRST : Math.max(FIRST, head.base.revision + 1 - REMEMBERED_CHANGES);
  if (first > FIRST) session.forgetEvents();
  let expected = first;
  for (let after: string | undefined = logKey(head.incarnation, first - 1); after !== undefined; ) {
    const page: Page<LogRecord> = await store.list<LogRecord>(logOf(head.incarnation), {
      after,
      limit: PAGE,
      signal,
    });
    // Before anything is made of it: what is not known here is not missing there.
    if (!page.complete) {
      const reason = 'not all of it is known here while the primary store is away';
      throw sessionFaults.SESSION_SERVICE_UNAVAILABLE({ operation, sessionId, reason });
    }
    const [damaged] = page.corrupted;
    if (damaged !== undefined) throw corrupted(damaged, 'it is not what was written');
    for (const entry of page.entries) {
      const revision = revisionOf(entry.key);
      if (revision !== expected) {
        const isLost = (isOurs && !head.mayHaveGaps) || expected <= head.base.revision;
        if (isLost) throw corrupted(entry.key, `the change ${expected} before it is missing`);
        return session;
      }
      expected++;
      if (revision <= head.base.revision) session.applyOld(entry.value, revision);
      else session.applyStored(entry.value);
    }
    after = page.next;
  }
  if (expected <= head.base.revision) {
    throw corrupted(key, `it is of revision ${head.base.revision}, and its log ends at ${expected - 1}`);
  }
  return session;

  function corrupted(damagedKey: string, reason: string): Error {
    return sessionFaults.SESSION_STORAGE_CORRUPTED({ operation, sessionId, key: damagedKey, reason });
  }
}

/** The revision of a log's first entry: that before is the creation. */
const FIRST = 2;
/** Entries that are read at once. */
const PAGE = 1000;
