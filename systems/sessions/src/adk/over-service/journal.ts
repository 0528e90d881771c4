import type { Clock } from '@sustain/kernel';
import { type Guard, type Store, storeFaults } from '@sustain/stores';
import { sessionFaults } from '../../faults.ts';
import { nameOf } from '../lock-names.ts';
import type { Conflict, ConflictPage, ConflictsOptions } from './conflict.ts';
import type { JournalRecord } from './journal-record.ts';

export interface JournalOptions {
  readonly spare: Store;
  readonly instance: string;
  readonly clock: Clock;
  readonly maxJournalEntries: number;
}

/**
 * @internal Acknowledged writes, in the spare, until they are in ADK's service. Whoever has opened a journal last owns it: every
 * record is written and removed under the guard that this is still so.
 */
export class Journal {
  readonly #spare: Store;
  readonly #options: JournalOptions;
  readonly #prefix: string;
  /** By session, in order. */
  readonly #pending = new Map<string, JournalRecord[]>();
  /** Keys of records that cannot be read. What was written upon them is a conflict when it is brought in. */
  readonly damaged: string[] = [];
  #size = 0;
  #nextOrder = 1;
  #guard: Guard | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#spare = options.spare;
    this.#prefix = `adk/${options.instance}/`;
  }

  get size(): number {
    return this.#size;
  }

  /** Sessions with writes in the journal. */
  get names(): readonly string[] {
    return [...this.#pending.keys()];
  }

  pendingOf(name: string): readonly JournalRecord[] {
    return this.#pending.get(name) ?? [];
  }

  /** Takes the journal over, and answers what is in it. */
  async open(): Promise<readonly JournalRecord[]> {
    const records = await this.#attempt('open', async () => {
      const key = `${this.#prefix}owner`;
      const revision = await this.#spare.set(key, { takenWallMs: this.#options.clock.wallMs() });
      this.#guard = { key, revision };
      return this.#stored();
    });
    for (const record of records) this.#add(record);
    return records;
  }

  /** Rejects with INSTANCE_NAME_TAKEN when somebody else has opened it since. */
  async confirm(): Promise<void> {
    const { key, revision } = this.#guard as Guard;
    const owner = await this.#attempt('replay', () => this.#spare.get(key));
    if (owner?.revision !== revision) throw this.#taken();
  }

  /** Resolves when it is as durable as the spare makes it. */
  async append(given: Omit<JournalRecord, 'order'>, operation: string): Promise<JournalRecord> {
    const { maxJournalEntries } = this.#options;
    if (this.#size >= maxJournalEntries) {
      const reason = `the journal is full, as ${maxJournalEntries} entries are allowed`;
      throw sessionFaults.SESSION_SERVICE_UNAVAILABLE({
        operation,
        sessionId: given.key.sessionId,
        reason,
      });
    }
    const record = { order: this.#nextOrder++, ...given };
    await this.#attempt(operation, () => this.#spare.set(this.#keyOf(record), record, this.#guarded()));
    this.#add(record);
    return record;
  }

  /** The record is in ADK's service, or stands in a conflict. */
  async remove(record: JournalRecord): Promise<void> {
    await this.#attempt('replay', () => this.#spare.delete(this.#keyOf(record), this.#guarded()));
    const name = nameOf(record.key);
    const records = this.#pending.get(name) ?? [];
    const at = records.findIndex(({ order }) => order === record.order);
    if (at >= 0) records.splice(at, 1);
    this.#size--;
    if (records.length === 0) this.#pending.delete(name);
  }

  /** Kept before the record is removed; the same record gives the same id. */
  async recordConflict(
    record: JournalRecord,
    found: Omit<Conflict, 'id' | 'key' | 'ours'>,
  ): Promise<Conflict> {
    // Places are given anew when a journal was empty, times hardly.
    const id = `${numbered(record.wallMs)}-${numbered(record.order)}`;
    const conflict = { id, key: record.key, ours: record.write, ...found };
    const key = `${this.#prefix}conflict/${id}`;
    await this.#attempt('replay', () => this.#spare.set(key, conflict, this.#guarded()));
    return conflict;
  }

  async conflicts({ after, limit }: ConflictsOptions): Promise<ConflictPage> {
    const prefix = `${this.#prefix}conflict/`;
    const from = after === undefined ? undefined : `${prefix}${after}`;
    const page = await this.#attempt('conflicts', () =>
      this.#spare.list<Conflict>(prefix, { after: from, limit }),
    );
    const conflicts = page.entries.map(({ value }) => value);
    return { conflicts, next: page.next?.slice(prefix.length) };
  }

  removeConflict(id: string): Promise<boolean> {
    return this.#attempt('removeConflict', () => this.#spare.delete(`${this.#prefix}conflict/${id}`));
  }

  #add(record: JournalRecord): void {
    const name = nameOf(record.key);
    const records = this.#pending.get(name);
    if (records === undefined) this.#pending.set(name, [record]);
    else records.push(record);
    this.#size++;
    this.#nextOrder = Math.max(this.#nextOrder, record.order + 1);
  }

  async #stored(): Promise<JournalRecord[]> {
    const records: JournalRecord[] = [];
    for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const page = await this.#spare.list<JournalRecord>(`${this.#prefix}journal/`, { after });
      this.damaged.push(...page.corrupted);
      records.push(...page.entries.map(({ value }) => value));
      after = page.next;
    }
    return records;
  }

  #keyOf({ order }: JournalRecord): string {
    return `${this.#prefix}journal/${numbered(order)}`;
  }

  #guarded(): { readonly guard: Guard } {
    return { guard: this.#guard as Guard };
  }

  async #attempt<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isOurs(error)) throw error;
      throw this.#faultOf(operation, error);
    }
  }

  #faultOf(operation: string, error: unknown): Error {
    const options = { cause: error };
    if (storeFaults.GUARD_LOST.matches(error)) return this.#taken(error);
    if (storeFaults.VALUE_TOO_LARGE.matches(error)) {
      const { limitBytes: limit, sizeBytes: got } = error.context;
      const reason = `has ${got} bytes with what the journal adds, and ${limit} are allowed while ADK’s service is away`;
      return sessionFaults.SESSION_TOO_LARGE({ operation, field: 'the change', limit, got, reason }, options);
    }
    const { message } = error as Error;
    return sessionFaults.SESSION_SERVICE_UNAVAILABLE(
      { operation, reason: `the journal: ${message}` },
      options,
    );
  }

  #taken(cause?: unknown): Error {
    const { instance } = this.#options;
    const holder = 'which has opened its journal since';
    return sessionFaults.INSTANCE_NAME_TAKEN({ instance, holder }, { cause });
  }
}

function isOurs(error: unknown): boolean {
  return sessionFaults.SESSION_ERROR.matches(error) || sessionFaults.INSTANCE_NAME_TAKEN.matches(error);
}

/** In order also as text. */
function numbered(order: number): string {
  return `${order}`.padStart(16, '0');
}
