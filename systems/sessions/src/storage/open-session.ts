import type { Clock } from '@sustain/kernel';
import type { Revision } from '@sustain/stores';
import type { Base, Head, LogRecord } from '../layout/index.ts';
import type { SessionEvent, SessionKey, SessionState } from '../session/index.ts';

/**
 * A session in memory, as it is in the store: state, events, and the ids of its last changes. One a session: whoever
 * changes it holds the session's lock; that its events are forgotten may happen at any time.
 */
export class OpenSession {
  head: Head;
  /** Of the head's entry: the guard of every change. */
  headRevision: Revision;
  revision: number;
  updatedWallMs: number;
  /** Its own only. Frozen, as are the events. */
  state: SessionState;
  /** Of the times in which this instance could know of every change, the one in which it was read: `Ownership.term`. */
  term = 0;
  #eventBytes = 0;
  #events: SessionEvent[] | undefined = [];
  /** The same, as it was told last: readers share it until there is another event. */
  #told: readonly SessionEvent[] | undefined;
  readonly #stateBytes = new Map<string, number>();
  /** At which revision each of the last changes was made, by its id. */
  readonly #ids = new Map<string, number>();
  /** Those ids in a ring, by revision: a new one takes the place of the one that is forgotten. */
  readonly #lastIds: string[] = [];
  #stateSizeBytes = 0;

  /** From its head; what the log has is to be applied. */
  constructor(head: Head, headRevision: Revision) {
    const { base } = head;
    this.head = head;
    this.headRevision = headRevision;
    this.revision = base.revision;
    this.updatedWallMs = base.updatedWallMs;
    this.state = base.state;
    for (const [name, value] of Object.entries(base.state)) this.#count(name, bytesOf(value));
  }

  get key(): SessionKey {
    return this.head.key;
  }

  get incarnation(): string {
    return this.head.incarnation;
  }

  /** Of its own state, as JSON, about. */
  get stateSizeBytes(): number {
    return this.#stateSizeBytes;
  }

  /** Whether its events are in memory, and not only in the store. */
  get hasEvents(): boolean {
    return this.#events !== undefined;
  }

  /** What its events take in memory, about. */
  get eventsSizeBytes(): number {
    return this.#eventBytes;
  }

  /** How many changes are not in the head. */
  get changesSinceBase(): number {
    return this.revision - this.head.base.revision;
  }

  /** What it takes in memory, about. */
  get sizeBytes(): number {
    return OVERHEAD_BYTES + this.#eventBytes + this.#stateSizeBytes + this.#ids.size * CHANGE_BYTES;
  }

  get version(): string {
    return `${this.incarnation}-${this.revision}`;
  }

  get expiresWallMs(): number | undefined {
    const { ttlMs } = this.head;
    return ttlMs === undefined ? undefined : this.updatedWallMs + ttlMs;
  }

  /** The revision at which a change of this id was made, if it is one of the last. */
  revisionOf(id: string): number | undefined {
    return this.#ids.get(id);
  }

  /** How large its own state would be. `setBytes`: what is set in it. */
  stateBytesWith(set: SessionState | undefined, setBytes: number): number {
    if (set === undefined) return this.#stateSizeBytes;
    let replaced = 0;
    for (const name of Object.keys(set)) replaced += this.#stateBytes.get(name) ?? 0;
    return this.#stateSizeBytes + setBytes - replaced;
  }

  /** The change of the next revision, as it is stored, and what its event takes. */
  apply(record: LogRecord, eventBytes: number): void {
    this.revision++;
    this.updatedWallMs = record.wallMs;
    if (record.set !== undefined || record.remove !== undefined) this.#change(record);
    this.#keep(record, this.revision, eventBytes);
  }

  /** A change that is in the base already, oldest first; only what is told of it is wanted. */
  applyOld(record: LogRecord, revision: number, eventBytes: number): void {
    this.#keep(record, revision, eventBytes);
  }

  /** The last `count` of those from `afterTimestamp` on, by default all. Undefined where they are not in memory. */
  events(count?: number, afterTimestamp?: number): readonly SessionEvent[] | undefined {
    if (count === 0) return NONE;
    const all = this.#allEvents();
    const found =
      afterTimestamp === undefined ? all : all?.filter(({ timestamp }) => timestamp >= afterTimestamp);
    return count === undefined || found === undefined || count >= found.length ? found : found.slice(-count);
  }

  /** The newest of that id, where it is in memory. */
  eventOf(id: string): SessionEvent | undefined {
    return this.#events?.findLast((event) => event.id === id);
  }

  /** Leaves them to the store, also those that come. */
  forgetEvents(): void {
    this.#events = undefined;
    this.#told = undefined;
    this.#eventBytes = 0;
  }

  /** What a head says that has all of it. */
  base(): Base {
    return { revision: this.revision, updatedWallMs: this.updatedWallMs, state: this.state };
  }

  #allEvents(): readonly SessionEvent[] | undefined {
    this.#told ??= this.#events && Object.freeze(this.#events.slice());
    return this.#told;
  }

  #change({ set, remove }: LogRecord): void {
    const state: Record<string, unknown> = { ...this.state };
    for (const name of remove ?? []) {
      delete state[name];
      this.#count(name, 0);
    }
    for (const [name, value] of Object.entries(set ?? {})) {
      state[name] = value;
      this.#count(name, bytesOf(value));
    }
    this.state = Object.freeze(state);
  }

  #count(name: string, valueBytes: number): void {
    const sizeBytes = valueBytes === 0 ? 0 : valueBytes + name.length + NAME_BYTES;
    const change = sizeBytes - (this.#stateBytes.get(name) ?? 0);
    if (sizeBytes === 0) this.#stateBytes.delete(name);
    else this.#stateBytes.set(name, sizeBytes);
    this.#stateSizeBytes += change;
  }

  /** Of a change nothing stays but its event, and its id for a while. */
  #keep({ id, event }: LogRecord, revision: number, eventBytes: number): void {
    if (event !== undefined && this.#events !== undefined) {
      this.#events.push(event);
      this.#told = undefined;
      this.#eventBytes += eventBytes + EVENT_OVERHEAD_BYTES;
    }
    const place = revision % REMEMBERED_CHANGES;
    const forgotten = this.#lastIds[place];
    // Unless a change of the same id was made since, which only a damaged log has.
    if (forgotten !== undefined && this.#ids.get(forgotten) === revision - REMEMBERED_CHANGES)
      this.#ids.delete(forgotten);
    this.#lastIds[place] = id;
    this.#ids.set(id, revision);
  }
}

export function isExpired({ expiresWallMs }: OpenSession, clock: Clock): boolean {
  return expiresWallMs !== undefined && expiresWallMs <= clock.wallMs();
}

/** So many of the last changes are known by their ids: one that is sent again is not done again. */
export const REMEMBERED_CHANGES = 256;

const NONE: readonly SessionEvent[] = Object.freeze([]);
/** Of an empty one, about, with what refers to it. */
const OVERHEAD_BYTES = 2000;
/** Of an event, beside its text. */
const EVENT_OVERHEAD_BYTES = 120;
/** Of a change that is known by its id. */
const CHANGE_BYTES = 150;
/** Quotes, colon, comma. */
const NAME_BYTES = 4;

function bytesOf(value: unknown): number {
  return Math.max(1, Buffer.byteLength(JSON.stringify(value) ?? ''));
}
