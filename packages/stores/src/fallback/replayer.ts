import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@sustain/kernel';
import { ABSENT, type Entry, type Revision, storeFaults } from '../contract.ts';
import type { Conflict, ConflictRecords } from './conflict-records.ts';
import {
  type ConflictDecision,
  type ConflictRules,
  decideConflict,
  nameOf,
  ruleFor,
} from './conflict-rule.ts';
import { endsWallMs, type JournalRecord, shownAs } from './journal-record.ts';
import { NEVER } from './local-revisions.ts';
import type { PrimaryLink } from './primary-link.ts';
import { putWrite, type Replayed, replayWrite } from './replay-write.ts';
import { settle } from './settle.ts';

/** @internal What the primary has that stands for what a write was made on. */
export interface Footing {
  /** NEVER when nothing there does: what others have written has come between. */
  readonly at: Revision;
  /** What is there up to this revision may be replaced, too: it is not newer than what the write was made on. */
  readonly replaces: Revision;
  /** When it ceases to exist by itself, as Unix time. */
  readonly endsWallMs: number | undefined;
  readonly value: unknown;
}

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

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  /**
   * What the next write of the key stands on, once this one is in the primary, or stands in a conflict. `decided`: how its
   * conflict was, in an attempt before this one. Rejects when the primary or the spare does not answer.
   */
  async replay(record: JournalRecord, footing: Footing, decided?: Conflict['stays']): Promise<Footing> {
    if (decided === 'theirs') return this.#next(record, NEVER);
    if (this.#isForgotten(record)) return this.#replayForgotten(record, footing);
    let { operationId } = record;
    if (record.sent === 'unconditionally') {
      const settled = await this.#settle(record);
      if (settled.happened) return this.#next(record, record.kind === 'delete' ? ABSENT : settled.revision);
      operationId = this.#ownId(record);
    }
    const replayed = await this.#try(record, async () => {
      const first = await this.#replayAt(record, footing.at, operationId);
      return this.#isReplaced(first, footing)
        ? this.#put(record, first.theirs?.revision ?? ABSENT, operationId)
        : first;
    });
    if (typeof replayed === 'string')
      return this.#judge(record, footing, await this.#read(record), operationId, replayed);
    if (!replayed.ok) return this.#judge(record, footing, replayed.theirs, operationId);
    // What was merged before has more in it than what the next write was made on.
    return this.#next(record, decided === 'merged' ? NEVER : replayed.at);
  }

  /** Takes away what finding out about a write has left in the primary, when the write has left the journal. */
  async tidy(record: JournalRecord): Promise<void> {
    if (record.sent !== 'unconditionally') return;
    const marker = this.#marker(record);
    await this.#options.link.ask((primary, signal) => primary.delete(marker, { signal }), marker);
  }

  /**
   * Where the primary may no longer remember the operation, what has happened before would happen again. It certainly has
   * not if the key is still at what it was made on.
   */
  async #replayForgotten(record: JournalRecord, footing: Footing): Promise<Footing> {
    const theirs = await this.#read(record);
    const isUntouched = footing.at !== ABSENT && theirs?.revision === footing.at;
    if (!isUntouched) return this.#judge(record, footing, theirs, record.operationId, FORGOTTEN);
    const replayed = await this.#try(record, () => this.#put(record, footing.at, record.operationId));
    if (typeof replayed !== 'string' && replayed.ok) return this.#next(record, replayed.at);
    const reason = typeof replayed === 'string' ? replayed : FORGOTTEN;
    return this.#judge(record, footing, await this.#read(record), record.operationId, reason);
  }

  /** `refused`: why ours cannot stay, whatever the rule. */
  async #judge(
    record: JournalRecord,
    footing: Footing,
    theirs: Entry | undefined,
    operationId: string,
    refused?: string,
  ): Promise<Footing> {
    for (let attempt = 1; ; attempt++) {
      const isSame = isDeepStrictEqual(theirs?.value, record.kind === 'delete' ? undefined : record.value);
      if (isSame && (theirs === undefined || refused !== undefined)) {
        return this.#next(record, theirs?.revision ?? ABSENT);
      }
      const conflict = isSame
        ? undefined
        : this.#conflict(record, footing, theirs, attempt > ATTEMPTS ? CONTENDED : refused);
      if (conflict !== undefined) await this.#options.records.write(conflict);
      if (conflict?.stays === 'theirs') {
        this.#options.onConflict(conflict);
        return this.#next(record, NEVER);
      }
      const isMerged = conflict?.stays === 'merged';
      const result = isMerged ? { ...record, kind: 'set' as const, value: conflict.merged } : record;
      const put = await this.#try(record, () => this.#put(result, theirs?.revision ?? ABSENT, operationId));
      if (typeof put === 'string') {
        refused = put;
      } else if (put.ok) {
        if (conflict !== undefined) this.#options.onConflict(conflict);
        return this.#next(record, isMerged ? NEVER : put.at);
      } else {
        theirs = put.theirs;
      }
    }
  }

  #conflict(
    record: JournalRecord,
    footing: Footing,
    theirs: Entry | undefined,
    refused: string | undefined,
  ): Conflict {
    const { kind, key, operationId, revision, wallMs, base } = record;
    const { rules, clock } = this.#options;
    const rule = ruleFor(rules, key);
    const ours = kind === 'delete' ? undefined : record.value;
    const sides = { key, base: footing.value, ours, theirs: theirs?.value };
    const nowMs = clock.wallMs();
    const decision: ConflictDecision =
      refused === undefined
        ? decideConflict(rule, sides, wallMs, nowMs)
        : { stays: 'theirs', reason: refused };
    return {
      ...{ id: `${revision}`, key, kind, operationId, rule: nameOf(rule), ...decision },
      base: { revision: base, value: sides.base },
      ours: { revision: shownAs(record), value: ours },
      theirs: { revision: theirs?.revision ?? ABSENT, value: sides.theirs },
      ...{ writtenWallMs: wallMs, decidedWallMs: nowMs },
    };
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
      return await this.#options.link.ask<Entry | undefined>((primary, signal) =>
        primary.get(key, { signal }),
      );
    } catch (error) {
      if (storeFaults.ENTRY_CORRUPTED.matches(error)) return undefined;
      throw error;
    }
  }

  #replayAt(record: JournalRecord, at: Revision, operationId: string): Promise<Replayed> {
    const leftMs = this.#leftMs(record);
    return this.#options.link.ask(
      (primary, signal) => replayWrite(primary, record, at, operationId, leftMs, signal),
      record.key,
    );
  }

  #put(record: JournalRecord, at: Revision, operationId: string): Promise<Replayed> {
    const leftMs = this.#leftMs(record);
    return this.#options.link.ask(
      (primary, signal) => putWrite(primary, record, at, operationId, leftMs, signal),
      record.key,
    );
  }

  #settle(record: JournalRecord) {
    const { link, operationMemoryMs } = this.#options;
    return settle(link, record, this.#marker(record), operationMemoryMs);
  }

  #marker(record: JournalRecord): string {
    return `.${this.#ownId(record)}`;
  }

  #ownId({ revision }: JournalRecord): string {
    return `fallback/${this.#options.instance}/${revision}`;
  }

  #next(record: JournalRecord, at: Revision | undefined): Footing {
    const { kind, value } = record;
    return kind === 'delete'
      ? { at: at ?? ABSENT, replaces: ABSENT, endsWallMs: undefined, value: undefined }
      : { at: at ?? ABSENT, replaces: ABSENT, endsWallMs: endsWallMs(record), value };
  }

  /** How long what it writes still lives; what is over does so for a moment, so that it was there. */
  #leftMs(record: JournalRecord): number | undefined {
    const ends = endsWallMs(record);
    return ends === undefined ? undefined : Math.max(1, Math.ceil(ends - this.#options.clock.wallMs()));
  }

  /** Whether what is there has not come between, although it is not what the write was made on. */
  #isReplaced(
    replayed: Replayed,
    { replaces, endsWallMs = Number.POSITIVE_INFINITY }: Footing,
  ): replayed is Extract<Replayed, { ok: false }> {
    if (replayed.ok) return false;
    const { theirs } = replayed;
    return theirs === undefined ? endsWallMs <= this.#options.clock.wallMs() : theirs.revision <= replaces;
  }

  #isForgotten({ wallMs }: JournalRecord): boolean {
    return this.#options.clock.wallMs() - wallMs > this.#options.operationMemoryMs * CERTAIN_PART;
  }
}

const FORGOTTEN = 'it is too old to be repeated without looking';
const CONTENDED = 'others wrote it again and again';
/** How often a conflict is decided anew because theirs has changed again meanwhile. */
const ATTEMPTS = 16;
/** Of the time for which the primary remembers: clocks differ. */
const CERTAIN_PART = 0.9;
