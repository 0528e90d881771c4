import type { Clock } from '@sustain/kernel';
import { ABSENT } from '../contract.ts';
import { endsWallMs, type JournalRecord, recordBytes, shownAs } from './journal-record.ts';
import type { Knowledge } from './known.ts';

/** @internal A record, and what it needs in memory. */
export interface PendingWrite {
  readonly record: JournalRecord;
  readonly json: string | undefined;
  readonly sizeBytes: number;
  /** When what it wrote ceases to exist, monotonic. */
  readonly endsMs: number | undefined;
  /** Whether it may be in the primary already. */
  wasTried: boolean;
}

/** @internal What is in the journal, by key and in order: what this instance has acknowledged stands above all else. */
export class Pending {
  readonly #clock: Clock;
  readonly #chains = new Map<string, PendingWrite[]>();
  readonly #byOperation = new Map<string, JournalRecord>();
  /** How many writes each key guards. */
  readonly #guards = new Map<string, number>();
  #entries = 0;
  #sizeBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get entries(): number {
    return this.#entries;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** `isLoaded`: it was journalled in an earlier run, which may have tried more. */
  add(record: JournalRecord, json: string | undefined, isLoaded = false): void {
    const chain = this.#chains.get(record.key) ?? [];
    const ends = endsWallMs(record);
    const endsMs =
      ends === undefined ? undefined : this.#clock.monotonicMs() + Math.max(ends - this.#clock.wallMs(), 0);
    const wasTried = isLoaded || record.sent !== 'no';
    const write = { record, json, endsMs, sizeBytes: recordBytes(record, json), wasTried };
    chain.push(write);
    this.#chains.set(record.key, chain);
    this.#byOperation.set(record.operationId, record);
    this.#countGuard(record, 1);
    this.#entries++;
    this.#sizeBytes += write.sizeBytes;
  }

  has(key: string): boolean {
    return this.#chains.has(key);
  }

  /** Whether what is in the journal is to be written only while this key is as it was. */
  isGuard(key: string): boolean {
    return this.#guards.has(key);
  }

  /** The writes of a key that are in the journal, oldest first; the array is a live one. */
  chain(key: string): readonly PendingWrite[] {
    return this.#chains.get(key) ?? [];
  }

  /** The write that did this operation. */
  operation(operationId: string): JournalRecord | undefined {
    return this.#byOperation.get(operationId);
  }

  /** The oldest write of a key is no longer in the journal. */
  removeFirst(key: string): void {
    const chain = this.#chains.get(key);
    const first = chain?.shift();
    if (first === undefined) return;
    const { operationId } = first.record;
    if (this.#byOperation.get(operationId) === first.record) this.#byOperation.delete(operationId);
    this.#countGuard(first.record, -1);
    this.#entries--;
    this.#sizeBytes -= first.sizeBytes;
    if (chain?.length === 0) this.#chains.delete(key);
  }

  /** What this instance says of the key. */
  find(key: string): Knowledge | undefined {
    const last = this.#chains.get(key)?.at(-1);
    if (last === undefined) return undefined;
    const { record, json, endsMs } = last;
    const isOver = endsMs !== undefined && endsMs <= this.#clock.monotonicMs();
    if (json === undefined || isOver) return { json: undefined, revision: ABSENT, endsMs: undefined };
    return { json, revision: shownAs(record), endsMs };
  }

  /** Of the keys, those that were written first come first. */
  keys(): string[] {
    return [...this.#chains.keys()];
  }

  clear(): void {
    this.#chains.clear();
    this.#byOperation.clear();
    this.#guards.clear();
    this.#entries = 0;
    this.#sizeBytes = 0;
  }

  #countGuard({ guard }: JournalRecord, change: 1 | -1): void {
    if (guard === undefined) return;
    const guarded = (this.#guards.get(guard.key) ?? 0) + change;
    if (guarded > 0) this.#guards.set(guard.key, guarded);
    else this.#guards.delete(guard.key);
  }
}
