import type { Clock, Timer } from '@sustain/kernel';
import type { Subscriber } from '../backend.ts';
import type { Revision } from '../contract.ts';
import type { Reader } from './reader.ts';

/**
 * @internal Hears what others have changed in the file, by looking whether it changed at all, which takes microseconds,
 * and then for revisions that it has not seen. It looks only while somebody subscribes. What cannot be read now is read
 * later: nothing is missed by that.
 */
export class ChangePoll {
  readonly #clock: Clock;
  /** The connection, when there is one that can be used. */
  readonly #reader: () => Reader | undefined;
  readonly #subscribers = new Set<Subscriber>();
  #timer: Timer | undefined;
  /** The last reader, and the version of the file in its eyes, whose changes have all been told. */
  #told: { readonly reader: Reader; readonly version: number } | undefined;
  #seen: Revision = 0;

  constructor(clock: Clock, reader: () => Reader | undefined) {
    this.#clock = clock;
    this.#reader = reader;
  }

  /** Tells of what was written after `since`, at least. */
  add(subscriber: Subscriber, since: Revision): () => void {
    if (this.#subscribers.size === 0) this.#seen = since;
    this.#subscribers.add(subscriber);
    this.#timer ??= this.#lookLater(EVERY_MS);
    return () => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size === 0) this.stop();
    };
  }

  /** What this process has written is told at once. */
  changed(key: string, ttlMs: number | undefined): void {
    for (const subscriber of this.#subscribers) subscriber.changed(key, ttlMs);
  }

  stop(): void {
    this.#subscribers.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#told = undefined;
  }

  #lookLater(delayMs: number): Timer {
    return this.#clock.schedule(
      delayMs,
      () => {
        const isMore = this.#look();
        if (this.#subscribers.size > 0) this.#timer = this.#lookLater(isMore ? 0 : EVERY_MS);
      },
      { keepAlive: false },
    );
  }

  /** Whether there is more to tell at once. */
  #look(): boolean {
    try {
      const reader = this.#reader();
      if (reader === undefined) return false;
      const version = reader.dataVersion();
      if (this.#told?.reader === reader && this.#told.version === version) return false;
      const isMore = this.#tell(reader);
      if (!isMore) this.#told = { reader, version };
      return isMore;
    } catch {
      this.#told = undefined; // whoever reads is told what is wrong; here it is tried again
      return false;
    }
  }

  #tell(reader: Reader): boolean {
    const { revision, forgotten } = reader.history();
    const isGap = forgotten > this.#seen || revision < this.#seen; // less: the file was replaced by an older one
    if (isGap) {
      this.#seen = revision;
      for (const subscriber of this.#subscribers) subscriber.missed();
    }
    const rows = reader.changes(this.#seen, MOST_AT_ONCE);
    const nowMs = this.#clock.wallMs();
    for (const { key, dies_ms } of rows) {
      this.changed(key, dies_ms === null ? undefined : Math.max(dies_ms - nowMs, 0));
    }
    const isMore = rows.length === MOST_AT_ONCE;
    this.#seen = Math.max(isMore ? 0 : revision, rows.at(-1)?.revision ?? 0, this.#seen);
    return isMore;
  }
}

/** Others' changes are to be told within 50 ms. */
const EVERY_MS = 15;
const MOST_AT_ONCE = 500;
