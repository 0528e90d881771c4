/** What a register holds. Null: nothing is there. Values are compared with `===`; numbers must be finite. */
export type Value = string | number | null;

/**
 * What a client asks of a key:
 * - `read`: what is there?
 * - `write`: this is there now, whatever was;
 * - `compare-and-set`: this is there now, if that was (null: nothing was there; as `value`: take it away);
 * - `delete`: nothing is there now;
 * - `append`: the operation's id is added to the list under the key. A key has lists or values, never both.
 *
 * Give every write a value of its own: what could have come from two writes proves little about either.
 */
export type Action = { readonly key: string } & (
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: Value }
  | { readonly kind: 'compare-and-set'; readonly expected: Value; readonly value: Value }
  | { readonly kind: 'delete' }
  | { readonly kind: 'append' }
);

/**
 * What the client knows of what it has asked for:
 * - `ok`: it was done, and acknowledged;
 * - `mismatch`: of a compare-and-set: something else was there, and nothing was changed;
 * - `failed`: it was surely not done, and never will be (it was never sent, or was refused);
 * - `unknown`: it may have been done, may still be, or not: the connection died, or the client itself. So is whatever
 *   has no outcome at all.
 */
export type Outcome = 'ok' | 'mismatch' | 'failed' | 'unknown';

/** What was done to a server or a process on purpose. */
export interface Disturbance {
  readonly what: 'started' | 'killed' | 'paused' | 'resumed' | 'stopped';
  /** The name of the server or process. */
  readonly target: string;
  /** When it was done, on the monotonic clock of the process that did it. */
  readonly atMs: number;
}

export type Invoked = Action & {
  readonly event: 'invoked';
  /** Unique among all operations of all processes. */
  readonly id: string;
  readonly client: string;
  /** On the monotonic clock of the recording process, as all times of a history: for durations and for reports. */
  readonly atMs: number;
};

export interface Completed {
  readonly event: 'completed';
  readonly id: string;
  readonly outcome: Outcome;
  /** What a read has seen. */
  readonly value?: Value;
  readonly atMs: number;
}

export type Disturbed = Disturbance & { readonly event: 'disturbed' };

/**
 * One line of a history. Only the *order* of events proves anything: each is written down before (invoked) or after
 * (completed) it is true, so that one that stands before another was before it.
 */
export type HistoryEvent = Invoked | Completed | Disturbed;
