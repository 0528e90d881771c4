export interface InvariantOptions {
  /** `always`: after every event, and all promise reactions that follow from it. `end`: once, after the program has ended. Default `always`. */
  readonly when?: 'always' | 'end';
}

/** What must hold. */
export interface Invariant {
  readonly name: string;
  /** Throws or answers `false` where it does not hold. Must not be asynchronous. */
  readonly check: () => unknown;
}
