import { ABSENT } from '../contract.ts';
import type { FallbackParts } from './fallback-parts.ts';
import type { Footing } from './footing.ts';
import { type JournalRecord, shownAs } from './journal-record.ts';
import type { Known } from './known.ts';
import { FIRST_LOCAL, NEVER } from './local-revisions.ts';
import type { PendingWrite } from './pending.ts';
import type { Replayer } from './replayer.ts';

export interface KeyReplayOptions {
  readonly parts: FallbackParts;
  readonly replayer: Replayer;
  /** Whether what is left is to be left to the next program. */
  readonly isStopped: () => boolean;
  /** Hears when a write has left the journal. */
  readonly onReplayed: () => void;
  /** Learns what the primary has under the key. */
  readonly look: () => Promise<void>;
}

/**
 * @internal Brings all journalled writes of a key into the primary, in order. To be called while the key is held, so that
 * nobody writes it meanwhile. Rejects when the primary or the spare does not answer: what is left is done the next time.
 */
export async function replayKey(key: string, options: KeyReplayOptions): Promise<void> {
  const { pending } = options.parts;
  let footing: Footing | undefined;
  /** The last that is in the primary, and touches of it: until the next is, too, they say on what that stands. */
  let done: PendingWrite[] = [];
  let isKnown = true;
  let removing: Promise<void> = Promise.resolve();
  const chain = [...pending.chain(key)];
  for (const write of chain) {
    const { wasTried } = write;
    const isTouch = write.record.kind === 'touch';
    if (isTouch) done.push(write);
    // The next one replaces what it kept alive; done again after that, as no id makes it happen once, it would fail.
    if (isTouch && write !== chain.at(-1)) continue;
    if (options.isStopped()) return removing;
    // What was done before leaves the journal meanwhile. Both are waited for, whatever comes of the other.
    const [replayed, removed] = await Promise.allSettled([
      replayOne(write, footing, chain, options),
      removing,
    ]);
    if (replayed.status === 'rejected') throw replayed.reason;
    if (removed.status === 'rejected') throw removed.reason;
    footing = replayed.value;
    isKnown = learn(write, footing, wasTried, options.parts);
    if (isTouch) continue;
    removing = removeFirst(key, done, options);
    done = [write];
  }
  await removing;
  await removeFirst(key, done, options);
  // What was done before, or was not done, says little of what is there now.
  if (!isKnown) await options.look();
}

async function replayOne(
  write: PendingWrite,
  before: Footing | undefined,
  chain: readonly PendingWrite[],
  { parts, replayer }: KeyReplayOptions,
): Promise<Footing> {
  const { record, wasTried } = write;
  const { records } = parts;
  // Only of the first one, which may have been in an attempt that was interrupted.
  const mayBeDecided = before === undefined && records.count > 0;
  const decided = mayBeDecided ? await records.decided(`${record.revision}`, record.operationId) : undefined;
  write.wasTried = true;
  const footing = before ?? firstFooting((chain[0] as PendingWrite).record, parts);
  return replayer.replay(write, footing, wasTried, decided);
}

/** Whether it is known what the primary has now. */
function learn(
  write: PendingWrite,
  { at }: Footing,
  wasTried: boolean,
  { known, revisions }: FallbackParts,
): boolean {
  const { record, json } = write;
  const isKnown = at !== NEVER && !wasTried;
  if (isKnown) known.written(record.key, json, at, leftMs(write, known));
  else known.forget(record.key);
  if (at === NEVER) return false;
  known.hasSeen(at);
  const shown = shownAs(record);
  if (shown >= FIRST_LOCAL) revisions.became(shown, at);
  return isKnown;
}

/** Touches leave the journal before what they are of: alone they could not tell whether that has changed since. */
async function removeFirst(
  key: string,
  done: readonly PendingWrite[],
  { parts, replayer, onReplayed }: KeyReplayOptions,
): Promise<void> {
  const { journal, pending } = parts;
  for (const { record } of done.toReversed()) await journal.remove(record.revision);
  for (const _ of done) {
    pending.removeFirst(key);
    onReplayed();
  }
  for (const { record } of done) await replayer.tidy(record);
}

function firstFooting(record: JournalRecord, { revisions, settings }: FallbackParts): Footing {
  const { clock } = settings;
  const { kind, base, baseEndsWallMs, baseValue, seen } = record;
  const replaces = base === null ? seen : ABSENT;
  const at = base === null ? (kind === 'set' ? ABSENT : NEVER) : revisions.inPrimary(base);
  const endsMs =
    baseEndsWallMs === undefined ? undefined : clock.monotonicMs() + baseEndsWallMs - clock.wallMs();
  return { at: at >= FIRST_LOCAL ? NEVER : at, replaces, endsMs, value: baseValue };
}

/** How long what it wrote still lives. */
function leftMs({ endsMs }: PendingWrite, known: Known): number | undefined {
  return endsMs === undefined ? undefined : endsMs - known.nowMs();
}
