import type { LogEntry } from '../log-entry.ts';
import type { ByteSource } from './byte-source.ts';
import { LineSplitter } from './line-splitter.ts';
import type { EntryTest } from './log-filter.ts';
import type { LogTroubleReason } from './log-troubles.ts';
import { parseEntry } from './parse-entry.ts';

export interface EntryBatchesOptions {
  readonly source: ByteSource;
  readonly test: EntryTest;
  readonly onTrouble: (reason: LogTroubleReason) => void;
}

/**
 * The wanted entries of one source, in batches. While one batch is used the next is fetched: unpacking runs in another
 * thread.
 */
export class EntryBatches {
  readonly #source: ByteSource;
  readonly #test: EntryTest;
  readonly #onTrouble: (reason: LogTroubleReason) => void;
  readonly #splitter: LineSplitter;
  #ahead: Promise<Buffer | undefined> | undefined;
  #ended = false;

  constructor({ source, test, onTrouble }: EntryBatchesOptions) {
    this.#source = source;
    this.#test = test;
    this.#onTrouble = onTrouble;
    this.#splitter = new LineSplitter(() => onTrouble('too long'));
  }

  /** Those of the next piece of the source; may be none. Undefined at the end. */
  async next(): Promise<LogEntry[] | undefined> {
    if (this.#ended) return undefined;
    const piece = await (this.#ahead ?? this.#source.read());
    if (piece !== undefined) {
      this.#ahead = this.#source.read();
      return this.#entriesIn(this.#splitter.split(piece), 'no JSON');
    }
    this.#ended = true;
    if (this.#source.trouble !== undefined) this.#onTrouble(this.#source.trouble);
    const last = this.#splitter.end();
    return this.#entriesIn(last === '' ? [] : [last], 'cut off');
  }

  /** Waits for what is being fetched, so that what it is fetched from can be closed. */
  async settle(): Promise<void> {
    this.#ended = true;
    await this.#ahead;
  }

  #entriesIn(lines: readonly string[], whenNoJson: LogTroubleReason): LogEntry[] {
    const entries: LogEntry[] = [];
    for (const line of lines) {
      if (!this.#test.couldMatch(line)) {
        if (!looksLikeJson(line)) this.#onTrouble(whenNoJson);
        continue;
      }
      const entry = parseEntry(line);
      if (typeof entry === 'string') this.#onTrouble(entry === 'no JSON' ? whenNoJson : entry);
      else if (this.#test.matches(entry)) entries.push(entry);
    }
    return entries;
  }
}

/** Of lines that are not wanted anyway, which are not parsed only to count damaged ones. */
function looksLikeJson(line: string): boolean {
  const text = line.trim();
  return text.startsWith('{') && text.endsWith('}');
}
