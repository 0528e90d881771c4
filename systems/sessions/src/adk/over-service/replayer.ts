import type { KeyLock, SignalChannel } from '@sustain/kernel';
import { sessionFaults } from '../../faults.ts';
import type { SessionKey } from '../../session/index.ts';
import type { AdkSession } from '../adk-types.ts';
import { lockNames } from '../lock-names.ts';
import {
  type AdkSessionLeft,
  adkSessionConflict,
  adkSessionLeft,
  adkSessionsReplayed,
} from './adk-signals.ts';
import type { Conflict } from './conflict.ts';
import type { SettledServiceOptions } from './guarded-options.ts';
import type { Journal } from './journal.ts';
import { baseOf, type JournalRecord } from './journal-record.ts';
import type { KnownSessions } from './known-sessions.ts';
import { decideReplay, type There } from './replay-decision.ts';
import { reasonOf } from './service-error.ts';
import { ServiceAway } from './service-link.ts';
import type { ServiceSessions } from './service-sessions.ts';
import { SOURCE } from './standing.ts';

export interface ReplayerParts {
  readonly options: SettledServiceOptions;
  readonly lock: KeyLock;
  readonly journal: Journal;
  readonly known: KnownSessions;
  readonly sessions: ServiceSessions;
}

/** @internal Brings the journal into ADK's service: each session in order, each write once, by its id. */
export class Replayer {
  readonly #parts: ReplayerParts;
  readonly #replayed: SignalChannel<{ readonly replayed: number; readonly left: number }>;
  readonly #conflict: SignalChannel<Pick<Conflict, 'id' | 'key' | 'stays' | 'reason'>>;
  readonly #left: SignalChannel<AdkSessionLeft>;
  /** Sessions of which that was told. */
  readonly #leftBehind = new Set<string>();

  constructor(parts: ReplayerParts) {
    this.#parts = parts;
    this.#replayed = parts.options.signals.channel(adkSessionsReplayed);
    this.#conflict = parts.options.signals.channel(adkSessionConflict);
    this.#left = parts.options.signals.channel(adkSessionLeft);
  }

  get #rebases(): boolean {
    return this.#parts.options.onStale === 'rebase';
  }

  /**
   * Each session once, and those that come meanwhile. One that cannot be brought in keeps its records, and the others are brought
   * in all the same. Rejects with a ServiceAway when the service goes away, and with INSTANCE_NAME_TAKEN: what is left stays in
   * the journal.
   */
  async run(): Promise<void> {
    const { journal } = this.#parts;
    const failed = new Set<string>();
    for (;;) {
      const names = journal.names.filter((name) => !failed.has(name));
      if (names.length === 0) return;
      for (const name of names) if (!(await this.#tried(name))) failed.add(name);
    }
  }

  /** Whether it is brought in. It is told once that it is not. */
  async #tried(name: string): Promise<boolean> {
    try {
      await this.#bringIn(name);
      this.#leftBehind.delete(name);
      return true;
    } catch (error) {
      if (error instanceof ServiceAway || sessionFaults.INSTANCE_NAME_TAKEN.matches(error)) throw error;
      this.#tellLeft(name, reasonOf(error));
      return false;
    }
  }

  #tellLeft(name: string, reason: string): void {
    const records = this.#parts.journal.pendingOf(name);
    const [first] = records;
    if (first === undefined || this.#leftBehind.has(name)) return;
    this.#leftBehind.add(name);
    this.#left.emit({ key: first.key, entries: records.length, reason }, { source: SOURCE });
  }

  /** All of a session, while nobody else changes it here. */
  async #bringIn(name: string): Promise<void> {
    const { journal, lock } = this.#parts;
    const [first] = journal.pendingOf(name);
    if (first === undefined) return;
    const { key } = first;
    const release = await lock.acquireAll(lockNames(key, SHARED_TOO));
    try {
      await journal.confirm();
      const records = [...journal.pendingOf(name)];
      await this.#replay(key, records);
      this.#replayed.emit({ replayed: records.length, left: journal.size }, { source: SOURCE });
      await this.#learn(key);
    } finally {
      release();
    }
  }

  /** As it is now. Where that cannot be read, whoever asks next learns it. */
  async #learn(key: SessionKey): Promise<void> {
    const { known, sessions, options } = this.#parts;
    try {
      const now = await sessions.read('replay', key);
      if (now === undefined) known.gone(key, options.clock.monotonicMs());
      else known.learn(key, now);
    } catch (error) {
      if (!(error instanceof ServiceAway)) known.forget(key);
      throw error;
    }
  }

  async #replay(key: SessionKey, records: readonly JournalRecord[]): Promise<void> {
    const session = await this.#parts.sessions.read('replay', key);
    let there = session && thereOf(session, records);
    /** One was refused, or appended to what others did, and that was told: what comes after follows it. */
    let isFollowing = false;
    let done: JournalRecord[] = [];
    for (const [at, record] of records.entries()) {
      // What has been brought in may be found there again, unless a session begins or ends with it.
      if (record.write.kind !== 'append' || done.length === MANY) done = await this.#remove(done);
      const judged = decideReplay(record, there);
      const isConflict = judged.decision === 'conflict';
      const isRebased: boolean = isConflict && judged.canRebase && (isFollowing || this.#rebases);
      if (isConflict && !isRebased) {
        await this.#remove(done);
        return this.#reject(records.slice(at), there, judged.reason);
      }
      if (judged.decision !== 'done') {
        const refusal = await this.#apply(record);
        if (refusal !== undefined) await this.#tell(record, there, 'theirs', refusal);
        else if (isConflict && !isFollowing) await this.#tell(record, there, 'both', judged.reason);
        if (refusal === undefined) there = after(record, there);
        isFollowing ||= isRebased || refusal !== undefined;
      }
      there = settled(record, there);
      done.push(record);
      if (record.write.kind !== 'append') done = await this.#remove(done);
    }
    await this.#remove(done);
  }

  async #remove(records: readonly JournalRecord[]): Promise<JournalRecord[]> {
    await Promise.all(records.map((record) => this.#parts.journal.remove(record)));
    return [];
  }

  /**
   * What was written upon what is rejected is rejected with it. All are told before the first one leaves the journal, and that
   * goes last: interrupted, the next run finds the same.
   */
  async #reject(records: readonly JournalRecord[], there: There | undefined, reason: string): Promise<void> {
    for (const [at, record] of records.entries()) {
      await this.#tell(
        record,
        there,
        'theirs',
        at === 0 ? reason : `it was written upon what is rejected: ${reason}`,
      );
    }
    for (const record of records.toReversed()) await this.#parts.journal.remove(record);
  }

  /** Why it was refused, for good. */
  async #apply({ key, write }: JournalRecord): Promise<string | undefined> {
    const { sessions } = this.#parts;
    try {
      if (write.kind === 'create') await sessions.create('replay', key, write.state);
      else if (write.kind === 'append') await sessions.append('replay', key, write.event);
      else await sessions.delete('replay', key);
      return undefined;
    } catch (error) {
      const isOpen = sessionFaults.SESSION_SERVICE_UNAVAILABLE.matches(error);
      if (isOpen || !sessionFaults.SESSION_ERROR.matches(error)) throw error;
      return error.message;
    }
  }

  async #tell(
    record: JournalRecord,
    there: There | undefined,
    stays: Conflict['stays'],
    reason: string,
  ): Promise<void> {
    const { journal, options } = this.#parts;
    const theirs = there && baseOf(Array.from(there.ids, (id) => ({ id })));
    const found = { theirs, stays, reason, wallMs: options.clock.wallMs() };
    const { id, key } = await journal.recordConflict(record, found);
    this.#conflict.emit({ id, key, stays, reason }, { source: SOURCE });
  }
}

/** Records that leave the journal at once: its disk is waited for once. */
const MANY = 100;

/** As the journal may get more while the lock is waited for. */
const SHARED_TOO = { 'app:': true, 'user:': true };

function thereOf({ events, state }: AdkSession, records: readonly JournalRecord[]): There {
  const mine = new Set(records.flatMap(({ write }) => (write.kind === 'append' ? write.event.id : [])));
  const ids = events.map(({ id }) => id);
  return { ids: new Set(ids), others: new Set(ids.filter((id) => !mine.has(id))), state };
}

/** Decided on, it is no longer one that may still arrive. */
function settled({ write }: JournalRecord, there: There | undefined): There | undefined {
  if (write.kind === 'append' && there?.ids.has(write.event.id)) there.others.add(write.event.id);
  return there;
}

function after({ write }: JournalRecord, there: There | undefined): There | undefined {
  switch (write.kind) {
    case 'create':
      return { ids: new Set(), others: new Set(), state: write.state };
    case 'append':
      there?.ids.add(write.event.id);
      return there;
    case 'delete':
      return undefined;
  }
}
