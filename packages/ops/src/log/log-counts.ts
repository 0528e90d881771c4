/**
 * Why a line is not where it should be. `buffer`: more waits for a slow disk than may; `disk`: the same of a disk that is
 * full or gone; `console`: nobody reads what is printed; `closed`: it came after `close`.
 */
export type DropReason = 'buffer' | 'disk' | 'console' | 'closed';

/** What a logging counts since it was made; kept up to date. */
export interface LogCounts {
  /** Entries that were at or above the level. */
  readonly entries: number;
  /** Lines handed to the system, over all files. */
  readonly writtenLines: number;
  readonly writtenBytes: number;
  /** Lines that did not get to an output, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** What the disk refused: writes, openings, rotations, compressions. */
  readonly diskErrors: number;
  /** Secrets that were replaced. */
  readonly redacted: number;
  /** Texts, contexts and lists that were cut. */
  readonly shortened: number;
  readonly rotations: number;
}

/** The same, to be counted up. */
export type MutableLogCounts = { -readonly [Name in keyof LogCounts]: LogCounts[Name] } & {
  dropped: Record<DropReason, number>;
};

export function newLogCounts(): MutableLogCounts {
  return {
    entries: 0,
    writtenLines: 0,
    writtenBytes: 0,
    dropped: { buffer: 0, disk: 0, console: 0, closed: 0 },
    diskErrors: 0,
    redacted: 0,
    shortened: 0,
    rotations: 0,
  };
}
