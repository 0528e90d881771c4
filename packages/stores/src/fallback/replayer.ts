import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@sustain/kernel';
import { ABSENT, type Entry, type Revision, storeFaults } from '../contract.ts';
import { conflictOf } from './conflict-of.ts';
import type { Conflict, ConflictRecords } from './conflict-records.ts';
import type { ConflictRules } from './conflict-rule.ts';
import type { Footing } from './footing.ts';
import type { JournalRecord } from './journal-record.ts';
import { NEVER } from './local-revisions.ts';
import type { PendingWrite } from './pending.ts';
import type { PrimaryLink } from './primary-link.ts';
import { putWrite, type Replayed, replayWrite } from './replay-write.ts';
import { type Settled, settle } from './settle.ts';

export interface ReplayerOptions {
  readonly link: PrimaryLink;
  readonly records: ConflictRecords;
  readonly rules: ConflictRules;
  readonly instance: string;
  /** How long the primary remembers operations. */
  readonly operationMemoryMs: number;
  readonly clock: Clock;
  /** Hears of each conflict when it has been recorded and dealt with. */
  readonly onConflict: (conflict: Conflict) => void;
}

/**
 * @internal Brings journalled writes into the primary, one after the other. It may be interrupted anywhere and begin
 * again: what was done before is answered as then, what was decided is recorded before it is done.
 */
export class Replayer {
  readonly #options: ReplayerOptions;
  /** What has been left in the primary, by record. */
  readonly #markers = new Map<Revision, readonly string[]>();

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  /**
   * What the next write of the key stands on, once this one is in the primary, or stands in a conflict. `wasTried`: the
   * primary was asked before; `decided`: how its conflict was then. Rejects when the primary or the spare does not answer.
   */
  async replay(
    write: PendingWrite,
    footing: Footing,
    wasTried: boolean,
    decided?: Conflict['stays'],
  ): Promise<Footing> {
    const { record, endsMs } = write;
    const { operationId, sent } = record;
    if (this.#isForgotten(record)) {
      return this.#replayForgotten({ record, endsMs, footing, wasTried, operationId });
    }
    const isInDoubt = sent === 'unbound' && !record.isWrittenOnce;
    const settled = isInDoubt ? await this.#settle(record, operationId) : NOTHING_HAPPENED;
    if (settled.happened) return this.#happened(write, settled.revision);
    const trialId = isInDoubt ? this.#ownId(record) : operationId;
    const trial = { record, endsMs, footing, wasTried, operationId: trialId };
    if (decided === 'theirs') return this.#giveUp(trial);
    const replayed = await this.#try(record, async () => {
      const first = await this.#replayAt(trial);
      return this.#isReplaced(first, footing) ? this.#put(trial, first.theirs?.revision ?? ABSENT) : first;
    });
    if (typeof replayed === 'string') return this.#judge(trial, await this.#read(record), replayed);
    if (!replayed.ok) return this.#judge(trial, replayed.theirs);
    // What was merged before has more in it than what the next write was made on.
    return this.#next(write, decided === 'merged' ? NEVER : replayed.at);
  }

  /** Takes away what finding out about a write has left in the primary, when the write has left the journal. */
  async tidy({ revision }: JournalRecord): Promise<void> {
    const markers = this.#markers.get(revision) ?? [];
    this.#markers.delete(revision);
    for (const marker of markers) await this.#options.link.ask((primary) => primary.delete(marker), marker);
  }

  /**
   * Where the primary may no longer remember the operation, what has happened before would happen again. It certainly has
   * not if the key is still at what it was made on.
   */
  async #replayForgotten(trial: Trial): Promise<Footing> {
    const { record, footing } = trial;
    const theirs = await this.#read(record);
    if (isSame(record, theirs)) return this.#next(trial, theirs?.revision ?? ABSENT);
    const isUntouched = footing.at !== ABSENT && theirs?.revision === footing.at;
    if (!isUntouched) return this.#judge(trial, theirs);
    const replayed = await this.#try(record, () => this.#put(trial, footing.at));
    if (typeof replayed === 'string') return this.#judge(trial, theirs, replayed);
    return replayed.ok ? this.#next(trial, replayed.at) : this.#judge(trial, replayed.theirs);
  }

  /** `refused`: why ours cannot stay, whatever the rule. */
  async #judge(trial: Trial, found: Entry | undefined, refused?: string): Promise<Footing> {
    const { record } = trial;
    let theirs = found;
    let why = refused;
    for (let attempt = 1; ; attempt++) {
      if (attempt > ATTEMPTS) why ??= CONTENDED;
      const agrees = isSame(record, theirs);
      if (agrees && (theirs === undefined || why !== undefined || record.isWrittenOnce)) {
        return this.#next(trial, theirs?.revision ?? ABSENT);
      }
      const conflict = agrees
        ? undefined
        : conflictOf(record, trial.footing, theirs, { ...this.#options, refused: why });
      const isRecorded = conflict === undefined || (await this.#options.records.write(conflict));
      if (conflict?.stays === 'theirs') {
        const footing = await this.#giveUp(trial);
        this.#options.onConflict(conflict);
        return footing;
      }
      if (!isRecorded) {
        why = UNRECORDED;
        continue;
      }
      const isMerged = conflict?.stays === 'merged';
      const result = isMerged ? { ...record, kind: 'set' as const, value: conflict.merged } : record;
      const put = await this.#try(record, () =>
        this.#put({ ...trial, record: result }, theirs?.revision ?? ABSENT),
      );
      if (typeof put === 'string') {
        why = put;
      } else if (put.ok) {
        if (conflict !== undefined) this.#options.onConflict(conflict);
        return this.#next(trial, isMerged ? NEVER : put.at);
      } else {
        theirs = put.theirs;
      }
    }
  }

  /** Theirs stays, also when a request of before arrives late: that of a creation would succeed as soon as the key is free. */
  async #giveUp(trial: Trial): Promise<Footing> {
    const settled = trial.wasTried ? await this.#settle(trial.record, trial.operationId) : NOTHING_HAPPENED;
    return settled.happened ? this.#happened(trial, settled.revision) : this.#next(trial, NEVER);
  }

  /** Answers in words why the primary refuses it for good. */
  async #try(record: JournalRecord, work: () => Promise<Replayed>): Promise<Replayed | string> {
    try {
      return await work();
    } catch (error) {
      if (storeFaults.GUARD_LOST.matches(error)) return 'its guard was lost';
      if (storeFaults.STORE_REQUEST_INVALID.matches(error)) return `the primary refuses it: ${error.code}`;
      if (storeFaults.ENTRY_CORRUPTED.matches(error)) return `what is there is damaged: "${record.key}"`;
      throw error;
    }
  }

  /** What is damaged counts as nothing, and the primary keeps a copy of it. */
  async #read({ key }: JournalRecord): Promise<Entry | undefined> {
    try {
      return await this.#options.link.ask<Entry | undefined>((primary) => primary.get(key));
    } catch (error) {
      if (storeFaults.ENTRY_CORRUPTED.matches(error)) return undefined;
      throw error;
    }
  }

  #replayAt({ record, endsMs, footing, operationId }: Trial): Promise<Replayed> {
    const leftMs = this.#leftMs(endsMs);
    return this.#options.link.ask(
      (primary) => replayWrite(primary, record, footing.at, operationId, leftMs),
      record.key,
    );
  }

  #put({ record, endsMs, operationId }: Trial, at: Revision): Promise<Replayed> {
    const leftMs = this.#leftMs(endsMs);
    return this.#options.link.ask(
      (primary) => putWrite(primary, record, at, operationId, leftMs),
      record.key,
    );
  }

  #settle(record: JournalRecord, operationId: string): Promise<Settled> {
    const { link, operationMemoryMs } = this.#options;
    const ownId = this.#ownId(record);
    const marker = operationId === ownId ? `.${ownId}/own` : `.${ownId}`;
    this.#markers.set(record.revision, [...(this.#markers.get(record.revision) ?? []), marker]);
    return settle(link, record, operationId, marker, operationMemoryMs);
  }

  #ownId({ revision }: JournalRecord): string {
    return `fallback/${this.#options.instance}/${revision}`;
  }

  #happened(write: Write, revision: Revision | undefined): Footing {
    return this.#next(write, write.record.kind === 'delete' ? ABSENT : (revision ?? ABSENT));
  }

  #next({ record, endsMs }: Write, at: Revision): Footing {
    const isGone = record.kind === 'delete';
    return {
      at,
      replaces: ABSENT,
      endsMs: isGone ? undefined : endsMs,
      value: isGone ? undefined : record.value,
    };
  }

  /** How long what it writes still lives; what is over does so for a moment, so that it was there. */
  #leftMs(endsMs: number | undefined): number | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    return endsMs === undefined ? undefined : Math.max(1, Math.ceil(endsMs - nowMs));
  }

  /** Whether what is there has not come between, although it is not what the write was made on. */
  #isReplaced(
    replayed: Replayed,
    { replaces, endsMs = Number.POSITIVE_INFINITY }: Footing,
  ): replayed is Extract<Replayed, { ok: false }> {
    if (replayed.ok) return false;
    const { theirs } = replayed;
    return theirs === undefined ? endsMs <= this.#options.clock.monotonicMs() : theirs.revision <= replaces;
  }

  #isForgotten({ wallMs }: JournalRecord): boolean {
    return this.#options.clock.wallMs() - wallMs > this.#options.operationMemoryMs * CERTAIN_PART;
  }
}

/** What is written, and until when. */
type Write = Pick<PendingWrite, 'record' | 'endsMs'>;

/** One write, as it is brought into the primary. */
interface Trial extends Write {
  readonly footing: Footing;
  /** Whether a request of before may still be under way. */
  readonly wasTried: boolean;
  readonly operationId: string;
}

/** Whether the primary has what the record led to. */
function isSame({ kind, value }: JournalRecord, theirs: Entry | undefined): boolean {
  return isDeepStrictEqual(theirs?.value, kind === 'delete' ? undefined : value);
}

const NOTHING_HAPPENED: Settled = { happened: false };
const UNRECORDED = 'the spare cannot keep what would be replaced, or what was made of both: it is too large';
const CONTENDED = 'others wrote it again and again';
/** How often a conflict is decided anew because theirs has changed again meanwhile. */
const ATTEMPTS = 16;
/** Of the time for which the primary remembers: clocks differ. */
const CERTAIN_PART = 0.9;
