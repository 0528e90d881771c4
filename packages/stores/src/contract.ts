export { storeFaults } from './store-faults.ts';

/**
 * A point in the history of a store: a whole number above 0. Every write gets a new one, greater than all that the
 * key, and whatever depends on this write, had before; also after the key was deleted or has expired. So it is what a
 * compare-and-set compares, and the fencing token of a lease.
 */
export type Revision = number;

/** The revision of what does not exist: `compareAndSet(key, ABSENT, value)` creates. */
export const ABSENT: Revision = 0;

/**
 * The worst that an acknowledged write survives: `volatile`, nothing, it is gone when the process that keeps it ends;
 * `process-death`, SIGKILL of any process, but not of the machine; `power-loss`, that too: it is on disk.
 */
export type Durability = 'volatile' | 'process-death' | 'power-loss';

/** What a key holds. */
export interface Entry<Value = unknown> {
  readonly key: string;
  /** A copy, whose type is the caller's claim: it is not checked. */
  readonly value: Value;
  readonly revision: Revision;
}

/**
 * Where state lives: values by key, with revisions.
 *
 * Keys are texts of 1 to 512 bytes in UTF-8, without U+0000 and lone surrogates; by convention words between slashes,
 * `session/7/events`. Values are whatever JSON can carry, up to a limit of the store (1 MiB unless it was told
 * otherwise), and come back as JSON makes them. All operations on one key are linearizable, those through other
 * connections and of other processes included.
 *
 * Operations reject with one of `storeFaults`: STORE_UNAVAILABLE when the state cannot be reached; its child
 * OUTCOME_UNKNOWN when a write was sent and its answer was lost, so that it may have happened, or may still;
 * ENTRY_CORRUPTED when what is stored is not what was written; KEY_INVALID, VALUE_INVALID, VALUE_TOO_LARGE, TTL_INVALID
 * when what was asked cannot be; STORE_CLOSED. Or with the reason of the caller's signal: a write may then have happened.
 */
export interface Store {
  /** In faults and signals. */
  readonly name: string;
  readonly durability: Durability;

  /** Undefined when the key does not exist, or has expired. */
  get<Value = unknown>(key: string, options?: ReadOptions): Promise<Entry<Value> | undefined>;

  /** Writes whatever was there before. Without `ttlMs` it stays for ever, also when it would have expired before. */
  set(key: string, value: unknown, options?: WriteOptions): Promise<Revision>;

  /** Writes only if the key is at the revision `expected`: `ABSENT`, or what `get` or a write has answered. */
  compareAndSet<Value = unknown>(
    key: string,
    expected: Revision,
    value: unknown,
    options?: WriteOptions,
  ): Promise<CompareAndSetResult<Value>>;

  /**
   * Lets the entry live for `ttlMs` from now, if the key is at this revision, which does not change. Whether it was.
   */
  touch(key: string, revision: Revision, ttlMs: number, options?: ReadOptions): Promise<boolean>;

  /** Whether it existed (and was at `options.revision`, where that is given). */
  delete(key: string, options?: DeleteOptions): Promise<boolean>;

  /**
   * The entries whose keys begin with `prefix` (empty: all), in the order of their keys' bytes, a page at a time: the
   * next begins after the key `next`. Pages are no snapshot: what exists all the while is there once, what comes or
   * goes meanwhile may be.
   */
  list<Value = unknown>(prefix: string, options?: ListOptions): Promise<Page<Value>>;

  /** Resolves when it watches: no change that is made after that is missed. Rejects when it cannot. */
  watch<Value = unknown>(prefix: string, options?: WatchOptions): Promise<Watch<Value>>;

  /** Ends watches and connections. What is in flight is answered, or rejects. Harmless when repeated. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends ReadOptions {
  /** How long it lives from now. Whole milliseconds, 1 or more. Default: for ever. */
  readonly ttlMs?: number | undefined;
  /**
   * Makes the write happen once, however often it is tried: the store remembers what came of it, for a day unless it
   * was told otherwise, and answers that. One id is for one write: another key, value or kind of write under it is
   * answered as if it were the first, and not written. A key's limits hold. Without one, a write whose outcome is unknown
   * must not be repeated blindly.
   */
  readonly operationId?: string | undefined;
  /** Only while it holds: else the write rejects with GUARD_LOST. The store looks and writes in one step. */
  readonly guard?: Guard | undefined;
}

/** That another entry is still there as it was: `lease.guard`. */
export interface Guard {
  readonly key: string;
  readonly revision: Revision;
}

export interface DeleteOptions extends Omit<WriteOptions, 'ttlMs'> {
  /** Only at this revision. Default: whatever it is. */
  readonly revision?: Revision | undefined;
}

/** Written; or not, because the key was at another revision, and what it holds. */
export type CompareAndSetResult<Value = unknown> =
  | { readonly ok: true; readonly revision: Revision }
  | { readonly ok: false; readonly entry: Entry<Value> | undefined };

export interface ListOptions extends ReadOptions {
  /** Begins after this key: `next` of the page before. Default: at the beginning. */
  readonly after?: string | undefined;
  /** Entries a page, at most. A whole number from 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
}

export interface Page<Value = unknown> {
  readonly entries: readonly Entry<Value>[];
  /** Keys of this page whose entries are not what was written: they are left out, and told as `store.corrupted`. */
  readonly corrupted: readonly string[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: string | undefined;
  /** False when there may be more than can be known now: of a fallback store whose primary is away. */
  readonly complete: boolean;
}

export interface WatchOptions extends ReadOptions {
  /** Whether what is there at the beginning is told as set, before all else. Default false. */
  readonly existing?: boolean;
}

/**
 * The changes of keys, as they come: `for await (const change of watch)`, by one reader. It tells the state of things
 * and not their history: of several changes of a key that nobody has read yet, the last. Revisions of a key only grow.
 * Changes by others are told within 50 ms where nothing is broken; expiry up to a quarter of the ttl, and a quarter of a
 * second, late. A touch is no change: an entry that it gave a shorter life than the last write, or the first, is told as
 * deleted when that longer life would have ended, or when the watch has missed something and looks everywhere. While the
 * store cannot be reached it waits, and then tells what has changed meanwhile. It keeps key and revision of each entry
 * that it watches. Leaving the loop, `close`, the signal, or closing the store ends it.
 */
export interface Watch<Value = unknown> extends AsyncIterable<Change<Value>>, AsyncDisposable {
  close(): Promise<void>;
}

export type Change<Value = unknown> =
  | ({ readonly kind: 'set' } & Entry<Value>)
  | { readonly kind: 'deleted'; readonly key: string }
  /** What is there now is not what was written. */
  | { readonly kind: 'corrupted'; readonly key: string };
