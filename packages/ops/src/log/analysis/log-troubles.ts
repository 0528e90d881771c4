/** Why something in a log could not be read. */
export type LogTroubleReason =
  /** A line that is no JSON. */
  | 'no JSON'
  /** The last line of a file, cut off: a crash, or a writer in the middle of it. */
  | 'cut off'
  /** JSON that is no entry of a log. */
  | 'no log entry'
  /** A line of more than 4 MiB. */
  | 'too long'
  /** A gzipped file that ends in the middle. */
  | 'gzip cut off'
  /** A gzipped file that is none, or that is damaged. What came before the damage has been read. */
  | 'gzip damaged'
  /** A file that could not be read, or not to its end. */
  | 'unreadable file';

export interface LogTrouble {
  readonly path: string;
  readonly reason: LogTroubleReason;
  /** Lines or, of the reasons about files, 1. */
  readonly count: number;
}

/** Counts what could not be read, by file and reason; so it grows with the number of files only. */
export class LogTroubles {
  readonly #counts = new Map<string, Map<LogTroubleReason, number>>();

  add(path: string, reason: LogTroubleReason): void {
    const ofFile = this.#counts.get(path) ?? new Map<LogTroubleReason, number>();
    this.#counts.set(path, ofFile.set(reason, (ofFile.get(reason) ?? 0) + 1));
  }

  get total(): number {
    return this.list().reduce((sum, { count }) => sum + count, 0);
  }

  list(): LogTrouble[] {
    return [...this.#counts].flatMap(([path, reasons]) =>
      [...reasons].map(([reason, count]) => ({ path, reason, count })),
    );
  }
}
