/** What a Node process does wrongly, by itself, as its parent sees it. */
export type Misbehaviour =
  /** Exits. */
  | { readonly does: 'exit'; readonly code: number }
  /** Dies by a signal that it sends to itself: SIGSEGV and SIGABRT as native code does. */
  | { readonly does: 'die'; readonly signal: NodeJS.Signals }
  /** Throws an error that nobody catches. */
  | { readonly does: 'throw'; readonly message: string }
  /** Returns to its event loop no more: alive, and deaf. */
  | { readonly does: 'hang' }
  /** Fills a heap of `heapMb` (least 16; the smaller, the sooner) until V8 gives up, which is by SIGABRT. */
  | { readonly does: 'use-up-memory'; readonly heapMb: number }
  /** Goes on, but before each of its outputs says what nobody understands: random bytes, or a senseless message. */
  | { readonly does: 'babble' }
  /** Says half of one line on stdout, then goes on with the next. */
  | { readonly does: 'cut-line' }
  /** Works on, and says nothing any more. */
  | { readonly does: 'fall-silent' }
  /** Takes no notice of a signal, SIGTERM say. */
  | { readonly does: 'ignore'; readonly signal: NodeJS.Signals };

/** What the process finds in its environment. */
export interface MisbehaviourOrder {
  readonly misbehaviour: Misbehaviour;
  /** Source and flags of a regular expression for the path of its main module; null for any. */
  readonly module: readonly [source: string, flags: string] | null;
  readonly afterOutputs: number;
  /** There as long as it is in effect. Where only so many may, each process that misbehaves leaves a file in it. */
  readonly folder: string;
  /** Null when any number may. */
  readonly times: number | null;
  /** Base64. */
  readonly garbage: string;
}

export const ORDERS_VARIABLE = 'SUSTAIN_DRILL_MISBEHAVIOURS';
