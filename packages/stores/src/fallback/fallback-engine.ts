import type { KeyLock, Timer } from '@sustain/kernel';
import { ABSENT, type Entry, type Page, storeFaults } from '../contract.ts';
import type { View } from './away-decision.ts';
import { AwayWriter, entryOf } from './away-writer.ts';
import { Changes } from './changes.ts';
import { ConflictRecords } from './conflict-records.ts';
import { fallbackFaults } from './fallback-faults.ts';
import type { SettledFallbackOptions } from './fallback-options.ts';
import { fallbackConflict } from './fallback-signals.ts';
import type { FallbackState } from './fallback-state.ts';
import { Journal } from './journal.ts';
import { replayKey } from './key-replay.ts';
import { Known } from './known.ts';
import { type PageRequest, pageOfKnown, pageWithOwn } from './known-page.ts';
import { LocalRevisions } from './local-revisions.ts';
import { Pending } from './pending.ts';
import { isDoubtful, PrimaryLink, saysAway } from './primary-link.ts';
import { Replayer } from './replayer.ts';
import { probeReturn } from './return-probe.ts';
import { ReturnRun } from './return-run.ts';
import { spareKeys } from './spare-keys.ts';
import { Standing } from './standing.ts';
import { learnWrite, sendWrite, type WriteAnswer, type WriteRequest } from './write-request.ts';

/** @internal What a fallback store does with requests that are well-formed, once they have their turn. */
export class FallbackEngine {
  readonly records: ConflictRecords;
  readonly changes = new Changes();
  readonly link: PrimaryLink;
  readonly #settings: SettledFallbackOptions;
  readonly #pending: Pending;
  readonly #known: Known;
  readonly #journal: Journal;
  readonly #revisions: LocalRevisions;
  readonly #standing: Standing;
  readonly #away: AwayWriter;
  readonly #return: ReturnRun;
  readonly #replayKey: (key: string) => Promise<void>;
  readonly #operationPrefix: string;
  #operations = 0;
  #opening: Promise<void> | undefined;
  #reopening: Timer | undefined;
  #stopProbing: (() => void) | undefined;
  #isClosed = false;

  constructor(settings: SettledFallbackOptions, lock: KeyLock) {
    const { primary, spare, instance, name, clock, random, signals, patienceMs, onConflict } = settings;
    const keys = spareKeys(instance);
    this.#settings = settings;
    this.#revisions = new LocalRevisions(random);
    this.#operationPrefix = `fallback/${instance}/${this.#revisions.next().toString(36)}/`;
    this.link = new PrimaryLink(primary, name, clock, patienceMs);
    this.#pending = new Pending(clock);
    this.#known = new Known(clock, settings);
    this.records = new ConflictRecords(spare, keys, name);
    this.#journal = new Journal({ ...settings, store: name, keys });
    this.#standing = new Standing({ name, clock, signals, pending: this.#pending, records: this.records });
    const [pending, known, journal, revisions, records, link] = [
      this.#pending,
      this.#known,
      this.#journal,
      this.#revisions,
      this.records,
      this.link,
    ];
    this.#away = new AwayWriter({ settings, pending, known, journal, revisions });
    const conflicts = signals.channel(fallbackConflict);
    const replayer = new Replayer({
      ...settings,
      link,
      records,
      rules: onConflict,
      onConflict: ({ id, key, operationId, rule, stays, reason }) =>
        conflicts.emit({ id, key, operationId, rule, stays, reason }, { source: name, operationId }),
    });
    const look = (key: string) => this.#look(key);
    const onReplayed = () => this.#standing.replayed();
    this.#replayKey = async (key) => {
      await replayKey(key, { pending, known, journal, records, replayer, revisions, onReplayed, look });
      this.changes.tell(key);
    };
    this.#return = new ReturnRun({
      ...{ pending, journal, lock, clock },
      retryMs: settings.probeEveryMs,
      replayKey: this.#replayKey,
      isWanted: () => this.#standing.state === 'returning' && !this.#isClosed,
      isIdle: () => this.#away.isIdle,
      onAway: (error) => this.#leave(error),
      onDone: () => this.#standing.go('primary', 'the journal is in the primary'),
    });
  }

  get isOpen(): boolean {
    return this.#standing.state !== 'opening';
  }

  /** Reads the journal of an earlier run. Rejects when the spare does not answer, and is tried again after a while. */
  open(): Promise<void> {
    this.#reopening?.cancel();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Lets nobody wait for it. */
  openSoon(): void {
    this.open().catch(() => undefined);
  }

  describe(): FallbackState {
    return this.#standing.describe();
  }

  nextOperationId(): string {
    return this.#operationPrefix + (this.#operations++).toString(36);
  }

  async read(key: string, signal?: AbortSignal): Promise<Entry | undefined> {
    if (!this.#asksPrimary(key)) return this.#readKnown(key);
    try {
      return await this.#readPrimary(key, signal);
    } catch (error) {
      this.leaveOrThrow(error);
      return this.#readKnown(key);
    }
  }

  /** To be called while the key is held. `value`: that of a set, as it is now. */
  async write(request: WriteRequest, value: unknown): Promise<WriteAnswer> {
    const { key, json, ttlMs } = request;
    let now = value;
    if (this.#standing.state === 'returning' && this.#pending.has(key)) {
      await this.#comeFirst(key);
      now = json === undefined ? undefined : JSON.parse(json);
    }
    let failure: unknown;
    if (this.#standing.state !== 'away') {
      try {
        return await this.#writePrimary(request, now);
      } catch (error) {
        if (isDoubtful(error) && !saysAway(error)) this.#known.forget(key);
        this.leaveOrThrow(error);
        failure = error;
      }
    }
    try {
      const answer = await this.#away.write(request, this.#view(key), failure);
      if (answer.outcome === 'done') this.changes.tell(key, ttlMs);
      return answer;
    } catch (error) {
      if (failure !== undefined && isDoubtful(failure)) this.#known.forget(key);
      if (fallbackFaults.JOURNAL_TAKEN.matches(error)) this.#lose(error.message);
      throw error;
    } finally {
      this.#return.start();
    }
  }

  async list(request: PageRequest, signal?: AbortSignal): Promise<Page> {
    const find = (key: string) => entryOf(key, this.#view(key));
    const known = () =>
      pageOfKnown(request, [...new Set([...this.#known.keys(), ...this.#pending.keys()])], find);
    if (this.#standing.state === 'away') return known();
    const { prefix, after, limit } = request;
    const stamp = this.#known.stamp();
    try {
      const page = await this.link.ask(
        (primary, signal) => primary.list(prefix, { after, limit, signal }),
        undefined,
        signal,
      );
      for (const entry of page.entries) this.#learn(entry.key, entry, stamp);
      return pageWithOwn(request, page, this.#pending.keys(), find);
    } catch (error) {
      this.leaveOrThrow(error);
      return known();
    }
  }

  /** How long what this instance knows of the key still lives, where it will not for ever. */
  ttlMs(key: string): number | undefined {
    const endsMs = this.#view(key)?.endsMs;
    return endsMs === undefined ? undefined : Math.max(1, endsMs - this.#settings.clock.monotonicMs());
  }

  /** Whether both are of the same write. */
  isSame(one: number, other: number): boolean {
    return this.#revisions.inPrimary(one) === this.#revisions.inPrimary(other);
  }

  /** An answer of the primary says that it is away; anything else is thrown. */
  leaveOrThrow(error: unknown): void {
    if (!saysAway(error) || this.#standing.state === 'taken') throw error;
    this.#leave(error);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#reopening?.cancel();
    this.#stopProbing?.();
    await this.#return.stop();
  }

  async #open(): Promise<void> {
    try {
      const records = await this.#journal.open(this.#operationPrefix);
      await this.records.open();
      for (const record of records) {
        const isThere = record.kind !== 'delete';
        this.#pending.add(record, isThere ? JSON.stringify(record.value) : undefined, true);
        this.#revisions.goOnAfter(record.revision);
        this.#known.hasSeen(record.seen);
      }
    } catch (error) {
      this.#pending.clear();
      this.#standing.couldNotOpen((error as Error).message);
      const { clock, probeEveryMs } = this.#settings;
      if (!this.#isClosed)
        this.#reopening = clock.schedule(probeEveryMs, () => this.openSoon(), { keepAlive: false });
      throw error;
    }
    const isEmpty = this.#pending.entries === 0;
    this.#standing.go(
      isEmpty ? 'primary' : 'returning',
      isEmpty ? 'opened' : 'an earlier run left a journal',
    );
    this.#return.start();
  }

  async #readPrimary(key: string, signal?: AbortSignal): Promise<Entry | undefined> {
    const stamp = this.#known.stamp();
    const entry = await this.link.ask((primary, signal) => primary.get(key, { signal }), undefined, signal);
    this.#learn(key, entry, stamp);
    return entry;
  }

  /** What is damaged stays unknown. */
  async #look(key: string): Promise<void> {
    try {
      await this.#readPrimary(key);
    } catch (error) {
      if (!storeFaults.ENTRY_CORRUPTED.matches(error)) throw error;
    }
  }

  async #writePrimary(request: WriteRequest, value: unknown): Promise<WriteAnswer> {
    const { key, expected, guard } = request;
    const sent = {
      ...request,
      expected: expected && this.#revisions.inPrimary(expected),
      guard: guard && { ...guard, revision: this.#revisions.inPrimary(guard.revision) },
    };
    const answer = await this.link.ask((primary, signal) => sendWrite(primary, sent, value, signal), key);
    learnWrite(this.#known, sent, answer);
    return answer;
  }

  /** What is journalled of the key goes before all others. */
  async #comeFirst(key: string): Promise<void> {
    try {
      await this.#replayKey(key);
    } catch (error) {
      if (fallbackFaults.JOURNAL_UNAVAILABLE.matches(error)) throw error;
      this.#leave(error);
    }
  }

  #asksPrimary(key: string): boolean {
    const { state } = this.#standing;
    return state === 'primary' || state === 'taken' || (state === 'returning' && !this.#pending.has(key));
  }

  #readKnown(key: string): Entry | undefined {
    const view = this.#view(key);
    if (view !== undefined) return entryOf(key, view);
    const reason = 'it was not read or written here lately';
    throw fallbackFaults.NOT_KNOWN({ store: this.#settings.name, key, reason });
  }

  #view(key: string): View | undefined {
    const own = this.#pending.find(key);
    if (own !== undefined) return { ...own, from: 'journal' };
    const known = this.#known.find(key, this.#standing.leftMs);
    return known && { ...known, from: 'cache' };
  }

  #learn(key: string, entry: Entry | undefined, stamp: number): void {
    this.#known.read(key, entry?.revision ?? ABSENT, () => entry && JSON.stringify(entry.value), stamp);
  }

  #leave(error: unknown): void {
    if (this.#standing.state === 'away' || this.#isClosed) return;
    const { clock, random, probeEveryMs, successes } = this.#settings;
    this.#standing.go('away', `${(error as Error)?.message ?? error}`);
    this.#stopProbing = probeReturn({
      ...{ clock, random, probeEveryMs, successes },
      probe: () => this.link.ask((primary, signal) => primary.get(PROBED, { signal })),
      onProbed: (inRow) => this.#standing.probed(inRow),
      onReturned: () => {
        this.#standing.go('returning', 'the primary answers again');
        this.changes.primaryReturned();
        this.#return.start();
      },
    });
  }

  #lose(reason: string): void {
    this.#stopProbing?.();
    this.#standing.go('taken', reason);
    this.#pending.clear();
    this.changes.primaryReturned();
  }
}

/** The key that is read to see whether the primary answers. */
const PROBED = '.fallback/probe';
