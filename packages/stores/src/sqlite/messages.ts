import type { Stored, Write, Written } from '../backend.ts';
import type { Revision } from '../contract.ts';

/** @internal What the thread of the database is started with. */
export interface DatabaseSettings {
  readonly path: string;
  readonly isSynced: boolean;
  readonly busyTimeoutMs: number;
  readonly operationTtlMs: number;
  /** Null: as much as there is. */
  readonly maxSizeBytes: number | null;
}

/** @internal What goes over to the thread at once. It answers batch by batch, in order. */
export interface Batch {
  readonly requests: PackedRequests;
  /** What the store's clock says; null: it is the host's, so it can be asked when it matters. */
  readonly wallMs: number | null;
}

/** @internal */
export type Request =
  | { readonly kind: 'write'; readonly write: Write }
  | { readonly kind: 'touch'; readonly key: string; readonly revision: Revision; readonly ttlMs: number }
  | { readonly kind: 'get'; readonly key: string }
  | {
      readonly kind: 'list';
      readonly prefix: string;
      readonly after: string | undefined;
      readonly limit: number;
    }
  | { readonly kind: 'history' };

/** @internal What a request is answered with, when it does not fail. */
export interface Answers {
  readonly write: Written;
  readonly touch: boolean;
  readonly get: Stored | undefined;
  readonly list: readonly Stored[];
  readonly history: History;
}

/** @internal */
export interface History {
  /** Of the last write. */
  readonly revision: Revision;
  /** The greatest of those that were swept: whoever has not heard of it can no longer hear what happened. */
  readonly forgotten: Revision;
}

/** @internal */
export type Answer = Answers[keyof Answers] | Failure;

/**
 * @internal `unavailable`: it has certainly not happened; `unknown`: it may have. The others are `unavailable`, too, and
 * no repetition helps: `damaged`, pages of the file are not what was written; `refused`, the file is not for this store.
 */
export interface Failure {
  readonly failure: 'unavailable' | 'unknown' | 'damaged' | 'refused';
  /** With the cure. */
  readonly reason: string;
}

/**
 * @internal Requests in columns, which are copied to another thread in a third of the time that objects take: that copying
 * is most of what a thread costs.
 */
export interface PackedRequests {
  readonly keys: string[];
  /** Null: deleted, or no write. */
  readonly texts: (string | null)[];
  /** Negative: whatever there is. */
  readonly expected: Revision[];
  /** What else a write says; or a request that is no write. */
  readonly more: (MoreOfWrite | Exclude<Request, { kind: 'write' }> | null)[];
}

/** @internal */
export interface MoreOfWrite extends Pick<Write, 'ttlMs' | 'operationId' | 'guard'> {
  readonly kind: 'write';
}

/** @internal What was written is a number, and all else as it is. */
export type PackedAnswers = readonly (Answer | Revision)[];

/** @internal */
export type FromDatabase =
  | { readonly kind: 'up' }
  /** The file was opened, at first or anew: what others have open may be another one. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'answers'; readonly answers: PackedAnswers };

/** @internal */
export const CLOSE = 'close';
