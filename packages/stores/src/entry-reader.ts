import type { Clock, SignalChannel, SignalSink } from '@sustain/kernel';
import type { Stored, Write, Written } from './backend.ts';
import type { Entry } from './contract.ts';
import { decodeEntry, encodeEntry } from './entry-text.ts';
import { storeFaults } from './store-faults.ts';
import { type Corrupted, storeCorrupted } from './store-signals.ts';

/** Under which copies of corrupted entries are kept, as `{ key, revision, text, reason, foundWallMs }`. */
export const QUARANTINE = '.quarantine/';

/**
 * @internal Makes entries of what is stored. What is not what was written is quarantined, which is to say copied for
 * people to look at, and told, once; it stays where it is, so that nobody takes it for something that never was.
 */
export class EntryReader {
  readonly #write: (write: Write) => Promise<Written>;
  readonly #store: string;
  readonly #clock: Clock;
  readonly #corrupted: SignalChannel<Corrupted>;
  /**
   * The copies that were made, or are being made, by place: a corrupted entry may be read by many. Null where that failed:
   * who reads it next tries again, and it is told no more.
   */
  readonly #copies = new Map<string, Promise<string | null> | null>();

  constructor(write: (write: Write) => Promise<Written>, store: string, clock: Clock, signals: SignalSink) {
    this.#write = write;
    this.#store = store;
    this.#clock = clock;
    this.#corrupted = signals.channel(storeCorrupted);
  }

  /** Rejects with ENTRY_CORRUPTED. */
  read<Value>(stored: Stored): Entry<Value> | Promise<never> {
    const { key, revision } = stored;
    const decoded = decodeEntry(stored);
    return decoded.ok
      ? { key, value: decoded.value as Value, revision }
      : this.#refuse(stored, decoded.reason);
  }

  async #refuse(stored: Stored, reason: string): Promise<never> {
    const quarantinedAs = await this.#quarantine(stored, reason);
    throw storeFaults.ENTRY_CORRUPTED({ store: this.#store, key: stored.key, reason, quarantinedAs });
  }

  async #quarantine(stored: Stored, reason: string): Promise<string | null> {
    const { key, revision, text } = stored;
    const place = `${QUARANTINE}${revision}`;
    const known = this.#copies.get(place);
    if (known != null) return known;
    if (known === undefined && this.#copies.size >= MOST_COPIES) return null;
    const value = { key, revision, text, reason, foundWallMs: this.#clock.wallMs() };
    const copy = this.#write({
      ...PLAIN,
      key: place,
      text: encodeEntry(place, JSON.stringify(value)),
    }).then(
      () => place,
      () => null, // it is told without a copy then
    );
    this.#copies.set(place, copy);
    const quarantinedAs = await copy;
    if (quarantinedAs === null) this.#copies.set(place, null);
    if (known === undefined) this.#corrupted.emit({ key, reason, quarantinedAs }, { source: this.#store });
    return quarantinedAs;
  }
}

/** A write without conditions. */
const PLAIN = { expected: undefined, ttlMs: undefined, operationId: undefined, guard: undefined };
/** Where so much is corrupted, more copies help nobody. */
const MOST_COPIES = 1000;
