import { type Entry, type Guard, storeFaults } from '../contract.ts';
import { mayHaveHappened } from '../write-outcome.ts';
import { decideAway, type View } from './away-decision.ts';
import { ruleFor } from './conflict-rule.ts';
import { fallbackFaults } from './fallback-faults.ts';
import type { FallbackParts } from './fallback-parts.ts';
import { guardStanding } from './guard-standing.ts';
import { answerOf, type JournalRecord, recordBytes } from './journal-record.ts';
import { FIRST_LOCAL } from './local-revisions.ts';
import type { WriteAnswer, WriteRequest } from './write-request.ts';

/** @internal Writes while the primary is away: into the journal, or not at all. */
export class AwayWriter {
  readonly #parts: FallbackParts;
  readonly #onTaken: (error: unknown) => void;
  /** Records that the spare is writing now, and what they take. */
  #underWay = 0;
  #underWayBytes = 0;

  /** `onTaken`: another program goes on with the journal. */
  constructor(parts: FallbackParts, onTaken: (error: unknown) => void) {
    this.#parts = parts;
    this.#onTaken = onTaken;
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /**
   * To be called while the key is held. `failure`: why the primary did not do it, if it was asked; when it may have done it
   * all the same, and it cannot be journalled, that is what the caller is told.
   */
  async write(request: WriteRequest, view: View | undefined, failure: unknown): Promise<WriteAnswer> {
    const isInDoubt = failure !== undefined && mayHaveHappened(failure);
    try {
      const answer = await this.#write(request, view, isInDoubt);
      if (isInDoubt && answer.outcome === 'mismatch') throw failure;
      return answer;
    } catch (error) {
      if (fallbackFaults.JOURNAL_TAKEN.matches(error)) this.#onTaken(error);
      throw isInDoubt ? failure : error;
    }
  }

  async #write(request: WriteRequest, view: View | undefined, wasSent: boolean): Promise<WriteAnswer> {
    const { revisions, known } = this.#parts;
    const inPrimary = {
      request: { ...request, expected: request.expected && revisions.inPrimary(request.expected) },
      view: view && { ...view, revision: revisions.inPrimary(view.revision) },
    };
    const decision = decideAway(inPrimary.request, inPrimary.view, known.isDated);
    if (decision.becomes === 'mismatch') return { outcome: 'mismatch', entry: entryOf(request.key, view) };
    this.#checkMay(request, decision.becomes === 'refused' ? decision.reason : undefined);
    const record = this.#record(inPrimary.request, view, wasSent);
    const json = request.kind === 'touch' ? view?.json : request.json;
    await this.#append(record, json);
    return answerOf(record);
  }

  #checkMay(request: WriteRequest, refused: string | undefined): void {
    const { name: store, mayAcknowledge } = this.#parts.settings;
    const { key } = request;
    const reason = this.#guardComplaint(request) ?? refused;
    if (reason !== undefined) throw fallbackFaults.NOT_KNOWN({ store, key, reason });
    if (mayAcknowledge(key)) return;
    throw fallbackFaults.MAY_NOT_ACKNOWLEDGE({ store, key, reason: 'mayAcknowledge says no' });
  }

  /** Why it must not be journalled with its guard, or as the guard of others. */
  #guardComplaint({ key, kind, guard }: WriteRequest): string | undefined {
    const { settings, pending, revisions } = this.#parts;
    const { name: store, guards } = settings;
    if (kind !== 'touch' && pending.isGuard(key)) return GUARDING;
    if (guard === undefined || guards === 'ignore') return undefined;
    if (guards === 'refuse') return UNCHECKED;
    const standing = guardStanding(guard, pending, revisions);
    if (standing === 'lost') {
      throw storeFaults.GUARD_LOST({ store, key, guard: guard.key, revision: guard.revision });
    }
    return revisions.inPrimary(guard.revision) < FIRST_LOCAL ? undefined : GUARD_UNTOLD;
  }

  /** As it is checked on return. */
  #guardOf({ guard }: WriteRequest): Guard | undefined {
    const { settings, revisions } = this.#parts;
    if (guard === undefined || settings.guards === 'ignore') return undefined;
    return { key: guard.key, revision: revisions.inPrimary(guard.revision) };
  }

  #record(request: WriteRequest, view: View | undefined, wasSent: boolean): JournalRecord {
    const { settings, pending, revisions, known } = this.#parts;
    const { kind, key, json, expected, ttlMs, operationId } = request;
    const { clock, onConflict } = settings;
    const last = pending.chain(key).at(-1)?.record;
    const isOnPrimary = last === undefined && view !== undefined;
    const isRebased = isOnPrimary && view.json !== undefined && typeof ruleFor(onConflict, key) === 'object';
    const written = kind === 'touch' ? view?.json : json;
    return {
      revision: revisions.next(),
      ...{ key, kind, operationId, ttlMs, guard: this.#guardOf(request), wallMs: clock.wallMs() },
      value: written === undefined ? undefined : JSON.parse(written),
      shownAs: kind === 'touch' ? view?.revision : undefined,
      seen: known.newest,
      base: last?.revision ?? view?.revision ?? null,
      baseEndsWallMs:
        isOnPrimary && view.endsMs !== undefined
          ? clock.wallMs() + view.endsMs - clock.monotonicMs()
          : undefined,
      baseValue: isRebased ? JSON.parse(view.json) : undefined,
      sent: wasSent ? (expected ? 'bound' : 'unbound') : 'no',
      isWrittenOnce: request.isWrittenOnce || undefined,
    };
  }

  async #append(record: JournalRecord, json: string | undefined): Promise<void> {
    const { pending, journal, standing } = this.#parts;
    const sizeBytes = recordBytes(record, json);
    this.#underWay++;
    this.#underWayBytes += sizeBytes;
    try {
      const entries = pending.entries + this.#underWay;
      await journal.append(record, entries, pending.sizeBytes + this.#underWayBytes);
      // What was written before another program took the journal is that one's now.
      if (standing.state !== 'taken') pending.add(record, json);
    } finally {
      this.#underWay--;
      this.#underWayBytes -= sizeBytes;
    }
  }
}

/** The entry that a view is, if it is one. */
export function entryOf(key: string, view: View | undefined): Entry | undefined {
  if (view?.json === undefined) return undefined;
  return { key, value: JSON.parse(view.json), revision: view.revision };
}

const UNCHECKED = 'nobody can check its guard';
const GUARD_UNTOLD = 'its guard was itself written while the primary was away, which does not know it yet';
const GUARDING = 'it guards writes that are still in the journal';
