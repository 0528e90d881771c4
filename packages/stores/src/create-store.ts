import {
  type Clock,
  noSignals,
  type Pipeline,
  type Policy,
  pipeline,
  type SignalSink,
  systemClock,
} from '@sustain/kernel';
import { COUNT, checkOptions, TEXT, WAIT } from '@sustain/kernel/options';
import type { Backend, Stored, Write, Written } from './backend.ts';
import { commandFault } from './command-fault.ts';
import type {
  CompareAndSetResult,
  DeleteOptions,
  Durability,
  Entry,
  Guard,
  ListOptions,
  Page,
  ReadOptions,
  Revision,
  Store,
  Watch,
  WatchOptions,
  WriteOptions,
} from './contract.ts';
import { EntryReader } from './entry-reader.ts';
import { encodeEntry } from './entry-text.ts';
import {
  checkKey,
  checkPrefix,
  checkTtl,
  DEFAULT_MAX_VALUE_BYTES,
  DEFAULT_PAGE,
  jsonOf,
  MAX_PAGE,
} from './limits.ts';
import { storeFaults } from './store-faults.ts';
import { StoreWatch } from './store-watch.ts';

/** What every store may be told. */
export interface StoreOptions {
  /** In faults and signals. Default: the driver's. */
  readonly name?: string | undefined;
  /** Of a value as JSON in UTF-8. A whole number, 1 or more. Default 1 MiB. */
  readonly maxValueBytes?: number | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
  /** Where `store.corrupted` and `store.availability` are told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}

/**
 * The store that works with `backend`; every command goes through `policies`, outermost first. Throws a RangeError or
 * TypeError when an option is out of range.
 */
export function createStore(
  backend: Backend,
  options: StoreOptions = {},
  policies: readonly Policy[] = [],
): Store {
  return new BackedStore(backend, options, policies);
}

class BackedStore implements Store {
  readonly name: string;
  readonly durability: Durability;
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #maxValueBytes: number;
  readonly #reader: EntryReader;
  readonly #commands: Pipeline<unknown> | undefined;
  readonly #watches = new Set<StoreWatch<never>>();
  #closing: Promise<void> | undefined;

  constructor(backend: Backend, options: StoreOptions, policies: readonly Policy[]) {
    const { name = backend.name, maxValueBytes = DEFAULT_MAX_VALUE_BYTES } = options;
    const { clock = systemClock, signals = noSignals } = options;
    checkOptions('store', { name: [name, TEXT], maxValueBytes: [maxValueBytes, COUNT] });
    this.name = name;
    this.durability = backend.durability;
    this.#backend = backend;
    this.#clock = clock;
    this.#maxValueBytes = maxValueBytes;
    const write = async (one: Write) => this.#command((signal) => backend.write(one, signal), {}, one.key);
    this.#reader = new EntryReader(write, name, clock, signals);
    if (policies.length > 0) this.#commands = pipeline({ name, clock, signals }, ...policies);
  }

  async get<Value>(key: string, options: ReadOptions = {}): Promise<Entry<Value> | undefined> {
    checkKey(this.name, key);
    const stored = await this.#command((signal) => this.#backend.get(key, signal), options);
    return stored && this.#reader.read<Value>(stored);
  }

  async set(key: string, value: unknown, options: WriteOptions = {}): Promise<Revision> {
    const written = await this.#write(key, this.#textOf(key, value), undefined, options);
    return (written as Extract<Written, { outcome: 'written' }>).revision;
  }

  async compareAndSet<Value>(
    key: string,
    expected: Revision,
    value: unknown,
    options: WriteOptions = {},
  ): Promise<CompareAndSetResult<Value>> {
    const written = await this.#write(key, this.#textOf(key, value), this.#revision(expected), options);
    if (written.outcome === 'written') return { ok: true, revision: written.revision };
    const { stored } = written as Extract<Written, { outcome: 'conflict' }>;
    return { ok: false, entry: stored && (await this.#reader.read<Value>(stored)) };
  }

  async touch(key: string, revision: Revision, ttlMs: number, options: ReadOptions = {}): Promise<boolean> {
    checkKey(this.name, key);
    checkTtl(this.name, ttlMs);
    this.#revision(revision);
    return this.#command((signal) => this.#backend.touch(key, revision, ttlMs, signal), options, key);
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    const { revision } = options;
    const expected = revision === undefined ? undefined : this.#revision(revision);
    return (await this.#write(key, undefined, expected, options)).outcome === 'written';
  }

  async list<Value>(prefix: string, options: ListOptions = {}): Promise<Page<Value>> {
    const { after, limit = DEFAULT_PAGE } = options;
    checkPrefix(this.name, prefix);
    if (after !== undefined) checkKey(this.name, after);
    checkOptions(`page of ${this.name}`, { limit: [limit, MAX_PAGE] });
    const found = await this.#command((signal) => this.#backend.list(prefix, after, limit, signal), options);
    const entries: Entry<Value>[] = [];
    const corrupted: string[] = [];
    for (const stored of found) {
      try {
        entries.push(await this.#reader.read<Value>(stored));
      } catch (error) {
        if (!storeFaults.ENTRY_CORRUPTED.matches(error)) throw error;
        corrupted.push(stored.key);
      }
    }
    const next = found.length < limit ? undefined : (found.at(-1) as Stored).key;
    return { entries, corrupted, next, complete: true };
  }

  async watch<Value>(prefix: string, options: WatchOptions = {}): Promise<Watch<Value>> {
    checkPrefix(this.name, prefix);
    const { signal, existing = false } = options;
    this.#throwIfClosed();
    signal?.throwIfAborted();
    const watch = new StoreWatch<Value>({
      prefix,
      tellsExisting: existing,
      clock: this.#clock,
      list: (after, limit) => this.#command((on) => this.#backend.list(prefix, after, limit, on), {}),
      get: (key) => this.get<Value>(key),
      subscribe: (subscriber) => this.#backend.subscribe(subscriber),
      ended: () => this.#watches.delete(watch as StoreWatch<never>),
      signal,
    });
    this.#watches.add(watch as StoreWatch<never>);
    await watch.begin();
    return watch;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch.close()));
    await this.#backend.close();
  }

  async #write(
    key: string,
    text: string | undefined,
    expected: Revision | undefined,
    { signal, ttlMs, operationId, guard }: WriteOptions,
  ): Promise<Written> {
    const store = this.name;
    checkKey(store, key);
    if (ttlMs !== undefined) checkTtl(store, ttlMs);
    if (operationId !== undefined) checkKey(store, operationId);
    const write: Write = { key, text, expected, ttlMs, operationId, guard: guard && this.#guard(guard) };
    const written = await this.#command((on) => this.#backend.write(write, on), { signal }, key);
    if (written.outcome === 'absent' && text !== undefined) {
      const reason = `the operation "${operationId}" was a deletion, which found nothing: give each write an id of its own`;
      throw storeFaults.STORE_REQUEST_INVALID({ store, reason });
    }
    if (written.outcome !== 'guard-lost') return written;
    const { key: guardKey, revision } = write.guard as Guard;
    throw storeFaults.GUARD_LOST({ store, key, guard: guardKey, revision });
  }

  /** Calls the backend through the policies, and says in this store's words what they say. */
  #command<T>(
    work: (signal: AbortSignal | undefined) => Promise<T>,
    { signal }: ReadOptions,
    writtenKey?: string,
  ): Promise<T> {
    this.#throwIfClosed();
    signal?.throwIfAborted();
    if (this.#commands === undefined) return work(signal);
    const { ignoresSignals } = this.#backend;
    const answer = this.#commands.run(
      (attempt) => work(ignoresSignals ? undefined : attempt.signal),
      signal === undefined ? undefined : { signal },
    ) as Promise<T>;
    return answer.catch((error: unknown) => {
      // Whatever the caller's reason is, it is no refusal of these policies.
      throw signal?.aborted && error === signal.reason ? error : commandFault(error, this.name, writtenKey);
    });
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw storeFaults.STORE_CLOSED({ store: this.name });
  }

  #textOf(key: string, value: unknown): string {
    checkKey(this.name, key);
    return encodeEntry(key, jsonOf(this.name, key, value, this.#maxValueBytes));
  }

  /** A copy: what it was given may have more to it, which could not go over to another thread. */
  #guard({ key, revision }: Guard): Guard {
    checkKey(this.name, key);
    return { key, revision: this.#revision(revision) };
  }

  #revision(revision: Revision): Revision {
    const isUsual = Number.isSafeInteger(revision) && revision >= 0; // the words for what is not cost more than this
    if (!isUsual) checkOptions(`entry in ${this.name}`, { revision: [revision, REVISION] });
    return revision;
  }
}

const REVISION = { ...WAIT, whole: true };
