import type { SessionKey } from '../../session/index.ts';
import type { JournalledWrite } from './journal-record.ts';

/** An acknowledged write that could not simply be brought in. */
export interface Conflict {
  readonly id: string;
  readonly key: SessionKey;
  /** What was acknowledged. */
  readonly ours: JournalledWrite;
  /** What the session has instead: undefined when it is gone; else how many events, and the last of them. */
  readonly theirs: { readonly events: number; readonly lastEventIds: readonly string[] } | undefined;
  /** `theirs`: ours is only in this record. `both`: ours was appended at the end. */
  readonly stays: 'theirs' | 'both';
  readonly reason: string;
  /** When it was found: Unix milliseconds. */
  readonly wallMs: number;
}

export interface ConflictPage {
  readonly conflicts: readonly Conflict[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: string | undefined;
}

export interface ConflictsOptions {
  /** `next` of the page before. Default: at the beginning. */
  readonly after?: string | undefined;
  /** 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
}
