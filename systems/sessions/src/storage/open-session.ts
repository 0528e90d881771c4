import type { Clock } from '@sustain/kernel';
import type { Revision } from '@sustain/stores';
import { frozen, roughLength } from '../checks/index.ts';
import type { Base, Head, LogRecord } from '../layout/index.ts';
import type { SessionEvent, SessionKey, SessionState } from '../session/index.ts';
import { LastChanges } from './last-changes.ts';
import { StateSizes } from './state-sizes.ts';

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
  readonly #stateSizes: StateSizes;
  #lastChanges: LastChanges | undefined;

  /** From its head; what the log has is to be applied. */
  constructor(head: Head, headRevision: Revision) {
    const { base } = head;
    this.head = head;
    this.headRevision = headRevision;
    this.revision = base.revision;
    this.updatedWallMs = base.updatedWallMs;
    this.state = base.state;
    this.#stateSizes = new StateSizes(base.state);
  }

  get key(): SessionKey {
    return this.head.key;
  }

  get incarnation(): string {
    return this.head.incarnation;
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
    const changesBytes = (this.#lastChanges?.size ?? 0) * CHANGE_BYTES;
    return OVERHEAD_BYTES + this.#eventBytes + this.#stateSizes.totalBytes + changesBytes;
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
    return this.#lastChanges?.revisionOf(id);
  }

  /** How large its own state would be. `setBytes`: what is set in it. */
  stateBytesWith(set: SessionState | undefined, setBytes: number): number {
    return this.#stateSizes.totalBytesWith(this.state, set, setBytes);
  }

  /** The change of the next revision, as it is stored, and what its event takes. */
  apply(record: LogRecord, eventBytes: number): void {
    this.revision++;
    this.updatedWallMs = record.wallMs;
    if (record.set !== undefined || record.remove !== undefined) this.#change(record);
    this.#keep(record, this.revision, eventBytes);
  }

  /** The change of the next revision, as it was read. */
  applyStored(record: LogRecord): void {
    frozen(record.event);
    frozen(record.set);
    this.apply(record, eventBytesOf(record));
  }

  /** A change that was read, and is in the base already, oldest first; only what is told of it is wanted. */
  applyOld(record: LogRecord, revision: number): void {
    frozen(record.event);
    this.#keep(record, revision, eventBytesOf(record));
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
    this.#stateSizes.change(this.state, set, remove);
    const state: Record<string, unknown> = { ...this.state };
    for (const name of remove ?? []) delete state[name];
    this.state = Object.freeze(Object.assign(state, set));
  }

  /** Of a change nothing stays but its event, and its id for a while. */
  #keep({ id, event }: LogRecord, revision: number, eventBytes: number): void {
    if (event !== undefined && this.#events !== undefined) {
      this.#events.push(event);
      this.#told = undefined;
      this.#eventBytes += eventBytes + EVENT_OVERHEAD_BYTES;
    }
    this.#lastChanges ??= new LastChanges();
    this.#lastChanges.add(id, revision);
  }
}

export function isExpired({ expiresWallMs }: OpenSession, clock: Clock): boolean {
  return expiresWallMs !== undefined && expiresWallMs <= clock.wallMs();
}

const NONE: readonly SessionEvent[] = Object.freeze([]);
/** Of an empty one, about, with what refers to it. */
const OVERHEAD_BYTES = 2000;
/** Of an event, beside its text. */
const EVENT_OVERHEAD_BYTES = 120;
/** Of a change that is known by its id. */
const CHANGE_BYTES = 150;
/** What its event takes, about. */
function eventBytesOf({ event }: LogRecord): number {
  return event === undefined ? 0 : roughLength(event);
}
