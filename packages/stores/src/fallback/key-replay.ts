import { ABSENT } from '../contract.ts';
import type { ConflictRecords } from './conflict-records.ts';
import type { Journal } from './journal.ts';
import { type JournalRecord, shownAs } from './journal-record.ts';
import type { Known } from './known.ts';
import { FIRST_LOCAL, type LocalRevisions, NEVER } from './local-revisions.ts';
import type { Pending, PendingWrite } from './pending.ts';
import type { Footing, Replayer } from './replayer.ts';

export interface KeyReplayOptions {
  readonly pending: Pending;
  readonly known: Known;
  readonly journal: Journal;
  readonly records: ConflictRecords;
  readonly replayer: Replayer;
  readonly revisions: LocalRevisions;
  /** Learns what the primary has under the key. */
  readonly look: (key: string) => Promise<unknown>;
  /** Hears when a write has left the journal. */
  readonly onReplayed: () => void;
}

/**
 * @internal Brings all journalled writes of a key into the primary, in order. To be called while the key is held, so that
 * nobody writes it meanwhile. Rejects when the primary or the spare does not answer: what is left is done the next time.
 */
export async function replayKey(key: string, options: KeyReplayOptions): Promise<void> {
  const { pending, known, records, replayer, revisions } = options;
  const writes = [...pending.chain(key)];
  let footing: Footing | undefined;
  let before: PendingWrite | undefined;
  let isKnown = true;
  for (const write of writes) {
    const { record } = write;
    // Only of the first one, which may have been in an attempt that was interrupted.
    const mayBeDecided = footing === undefined && records.count > 0;
    const decided = mayBeDecided
      ? await records.decided(`${record.revision}`, record.operationId)
      : undefined;
    const { wasTried } = write;
    write.wasTried = true;
    footing = await replayer.replay(record, footing ?? firstFooting(record, revisions), wasTried, decided);
    isKnown = footing.at !== NEVER && !wasTried;
    if (isKnown) known.written(key, write.json, footing.at, leftMs(write, options));
    else known.forget(key);
    if (footing.at !== NEVER) known.hasSeen(footing.at);
    const shown = shownAs(record);
    if (shown >= FIRST_LOCAL && footing.at !== NEVER) revisions.became(shown, footing.at);
    // The one before leaves the journal when this one is in the primary: until then it says on what this one stands.
    if (before !== undefined) await removeFirst(key, before, options);
    before = write;
  }
  if (before !== undefined) await removeFirst(key, before, options);
  // What was done before, or was not done, says little of what is there now.
  if (!isKnown) await options.look(key);
}

async function removeFirst(
  key: string,
  { record }: PendingWrite,
  { journal, pending, replayer, onReplayed }: KeyReplayOptions,
): Promise<void> {
  await journal.remove(record.revision);
  pending.removeFirst(key);
  onReplayed();
  await replayer.tidy(record);
}

function firstFooting(record: JournalRecord, revisions: LocalRevisions): Footing {
  const { kind, base, baseEndsWallMs, baseValue, seen } = record;
  const replaces = base === null ? seen : ABSENT;
  const at = base === null ? (kind === 'set' ? ABSENT : NEVER) : revisions.inPrimary(base);
  return { at: at >= FIRST_LOCAL ? NEVER : at, replaces, endsWallMs: baseEndsWallMs, value: baseValue };
}

/** How long what it wrote still lives. */
function leftMs({ endsMs }: PendingWrite, { known }: KeyReplayOptions): number | undefined {
  return endsMs === undefined ? undefined : endsMs - known.nowMs();
}
