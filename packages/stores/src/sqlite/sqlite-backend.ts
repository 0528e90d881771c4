import type { Clock } from '@sustain/kernel';
import type { Backend, Stored, Subscriber, Write, Written } from '../backend.ts';
import type { Durability, Revision } from '../contract.ts';
import { storeFaults } from '../store-faults.ts';
import { ChangePoll } from './change-poll.ts';
import { DatabaseThread } from './database-thread.ts';
import type { DatabaseSettings } from './messages.ts';
import { Reader } from './reader.ts';

export interface SqliteBackendOptions {
  readonly name: string;
  readonly settings: DatabaseSettings;
  readonly maxInFlight: number;
  readonly clock: Clock;
}

/**
 * @internal What may wait, for the disk or for another process, is done by a thread. Entries are read through a connection
 * of the caller's thread: the way to the other one and back takes several times as long as the reading. Whatever that
 * connection cannot do, the thread is asked for, which can wait, and says what is wrong.
 */
export class SqliteBackend implements Backend {
  readonly name: string;
  readonly durability: Durability;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #thread: DatabaseThread;
  readonly #changes: ChangePoll;
  #reader: Reader | undefined;
  /** Until the thread has opened the file there may be nothing to read. */
  #mayRead = false;
  #closing: Promise<void> | undefined;

  constructor({ name, settings, maxInFlight, clock }: SqliteBackendOptions) {
    this.name = name;
    this.durability = settings.isSynced ? 'power-loss' : 'process-death';
    this.#path = settings.path;
    this.#clock = clock;
    const opened = () => this.#opened();
    this.#thread = new DatabaseThread({ store: name, settings, maxInFlight, clock, opened });
    this.#changes = new ChangePoll(clock, () => this.#openReader());
  }

  /** @internal For tests. */
  get thread(): DatabaseThread {
    return this.#thread;
  }

  async get(key: string, signal?: AbortSignal): Promise<Stored | undefined> {
    try {
      const reader = this.#openReader();
      if (reader !== undefined) return reader.get(key, this.#clock.wallMs());
    } catch {
      // The thread is asked instead, and tells what is wrong.
    }
    return this.#thread.request({ kind: 'get', key }, signal);
  }

  async write(write: Write, signal?: AbortSignal): Promise<Written> {
    const written = await this.#thread.request({ kind: 'write', write }, signal);
    if (written.outcome === 'written') this.#changes.changed(write.key, write.ttlMs);
    return written;
  }

  touch(key: string, revision: Revision, ttlMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.#thread.request({ kind: 'touch', key, revision, ttlMs }, signal);
  }

  list(
    prefix: string,
    after: string | undefined,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    return this.#thread.request({ kind: 'list', prefix, after, limit }, signal);
  }

  async subscribe(subscriber: Subscriber): Promise<() => void> {
    const { revision } = await this.#thread.request({ kind: 'history' });
    if (this.#closing !== undefined) throw storeFaults.STORE_CLOSED({ store: this.name });
    try {
      this.#openReader();
    } catch (error) {
      const reason = `what others change cannot be read: ${(error as Error).message}`;
      throw storeFaults.STORE_UNAVAILABLE({ store: this.name, reason }, { cause: error });
    }
    return this.#changes.add(subscriber, revision);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#changes.stop();
    this.#mayRead = false;
    this.#closeReader(); // before the thread's connection, which as the last one cleans up
    await this.#thread.close();
  }

  #opened(): void {
    this.#mayRead = this.#closing === undefined;
    this.#closeReader();
  }

  /** Undefined while it is not known that there is something to read. Throws an error of SQLite. */
  #openReader(): Reader | undefined {
    if (this.#mayRead) this.#reader ??= new Reader(this.#path);
    return this.#reader;
  }

  #closeReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}
