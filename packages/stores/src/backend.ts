import type { Durability, Guard, Revision } from './contract.ts';

/**
 * What a driver has to do; `createStore` makes a Store of it, which checks what it is asked, encodes and decodes,
 * quarantines, watches, and calls it through policies. Keys and texts are well-formed; texts are opaque.
 *
 * Methods reject with STORE_UNAVAILABLE when what they do has certainly not happened, and a write with OUTCOME_UNKNOWN
 * when it may have; any other error of a driver is told as UNEXPECTED. `signal` may be ignored: the caller no longer
 * waits then.
 */
export interface Backend {
  readonly name: string;
  readonly durability: Durability;
  /** Whether it ignores every `signal`. Then none is made for it, which is dear beside a command. Default false. */
  readonly ignoresSignals?: boolean;
  get(key: string, signal?: AbortSignal): Promise<Stored | undefined>;
  /** One atomic step: looks whether it was done before, checks the guard, compares, writes, remembers. */
  write(write: Write, signal?: AbortSignal): Promise<Written>;
  touch(key: string, revision: Revision, ttlMs: number, signal?: AbortSignal): Promise<boolean>;
  /** In the order of the keys' bytes, after the key `after`, `limit` at most. Fewer only when there are no more. */
  list(
    prefix: string,
    after: string | undefined,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly Stored[]>;
  /**
   * Tells of every change from now on, by whomever, and of every gap. Resolves when it does. It tells a change after it
   * can be read. Answers the way to stop, harmless when repeated.
   */
  subscribe(subscriber: Subscriber): Promise<() => void>;
  /** Harmless when repeated. */
  close(): Promise<void>;
}

/** What is stored under a key. */
export interface Stored {
  readonly key: string;
  readonly text: string;
  readonly revision: Revision;
  /** How long it still lives, where it is known without asking, and by `list` always; undefined: for ever, or not known. */
  readonly ttlMs?: number | undefined;
}

export interface Write {
  readonly key: string;
  /** Undefined: the key is deleted. */
  readonly text: string | undefined;
  /** Only at this revision, `ABSENT` included. Undefined: whatever there is. */
  readonly expected: Revision | undefined;
  readonly ttlMs: number | undefined;
  readonly operationId: string | undefined;
  readonly guard: Guard | undefined;
}

/**
 * What came of a write, by `outcome`. `written` and `absent` are remembered of an operation, and answered again when it
 * is repeated; the others are not: it has not been done.
 */
export type Written =
  /** Written, or deleted, at this revision. */
  | { readonly outcome: 'written'; readonly revision: Revision }
  /** There was nothing to delete. */
  | { readonly outcome: 'absent' }
  /** The key was at another revision than expected. `stored`: what is there. */
  | { readonly outcome: 'conflict'; readonly stored: Stored | undefined }
  | { readonly outcome: 'guard-lost' };

export interface Subscriber {
  /** Something has been written or deleted under this key. `ttlMs`: how long it will live, where it will not for ever. */
  changed(key: string, ttlMs?: number): void;
  /** Changes may have been missed; from now on they are told again. */
  missed(): void;
}
