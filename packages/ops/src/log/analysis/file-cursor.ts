import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { LogEntry } from '../log-entry.ts';
import { type ByteSource, PlainBytes, UnzippedBytes } from './byte-source.ts';
import { EntryBatches } from './entry-batches.ts';
import { LineSplitter } from './line-splitter.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import type { EntryTest } from './log-filter.ts';
import type { LogTroubleReason, LogTroubles } from './log-troubles.ts';
import { parseEntry } from './parse-entry.ts';

/** A log file that is being read. */
export interface FileCursor {
  readonly file: LogFile;
  /** As it was when it was opened; what is written later is not read. */
  readonly sizeBytes: number;
  /** When it was last written to, as Unix time in milliseconds. */
  readonly writtenMs: number;
  /** Of the file, so far. */
  readonly readBytes: number;
  /** The wanted entries of its next piece; may be none. Undefined at the end. Never rejects. */
  next(): Promise<LogEntry[] | undefined>;
  /** The time of its first entry, wanted or not; '' when it is not to be found at the beginning. */
  firstTimestamp(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens a file, or what it has been gzipped to meanwhile; undefined, and counted, when that cannot be. A plain file stays open until it is closed, so that a
 * rotation takes nothing away; a gzipped one, of which there may be hundreds, is open only while it is read.
 */
export async function openCursor(
  file: LogFile,
  test: EntryTest,
  troubles: LogTroubles,
): Promise<FileCursor | undefined> {
  try {
    const { handle, stats } = await openLogFile(file.path);
    if (!file.compressed) return new Cursor(file, test, troubles, stats, handle);
    await handle.close();
    return new Cursor(file, test, troubles, stats);
  } catch (error) {
    if (!file.compressed && (error as NodeJS.ErrnoException).code === 'ENOENT') {
      return openCursor({ path: `${file.path}.gz`, compressed: true }, test, troubles);
    }
    troubles.add(file.path, 'unreadable file');
    return undefined;
  }
}

class Cursor implements FileCursor {
  readonly file: LogFile;
  readonly sizeBytes: number;
  readonly writtenMs: number;
  readonly #test: EntryTest;
  readonly #troubles: LogTroubles;
  #handle: FileHandle | undefined;
  #reading: Reading | undefined;

  constructor(
    file: LogFile,
    test: EntryTest,
    troubles: LogTroubles,
    { size, mtimeMs }: Stats,
    handle?: FileHandle,
  ) {
    this.file = file;
    this.sizeBytes = size;
    this.writtenMs = mtimeMs;
    this.#test = test;
    this.#troubles = troubles;
    this.#handle = handle;
  }

  get readBytes(): number {
    return this.#reading?.bytes.readBytes ?? 0;
  }

  async next(): Promise<LogEntry[] | undefined> {
    if (this.#reading === undefined && !(await this.#open())) return undefined;
    this.#reading ??= this.#startReading();
    return this.#reading.batches.next();
  }

  async firstTimestamp(): Promise<string> {
    if (!(await this.#open())) return '';
    const { bytes, close } = this.#bytes();
    const piece = await bytes.read();
    close();
    if (this.file.compressed) await this.close();
    return piece === undefined ? '' : firstTimestampIn(piece);
  }

  async close(): Promise<void> {
    await this.#reading?.batches.settle();
    this.#reading?.close();
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<boolean> {
    try {
      this.#handle ??= (await openLogFile(this.file.path)).handle;
      return true;
    } catch {
      this.#troubles.add(this.file.path, 'unreadable file');
      return false;
    }
  }

  #startReading(): Reading {
    const { bytes, close } = this.#bytes();
    const onTrouble = (reason: LogTroubleReason) => this.#troubles.add(this.file.path, reason);
    return { bytes, close, batches: new EntryBatches({ source: bytes, test: this.#test, onTrouble }) };
  }

  #bytes(): Omit<Reading, 'batches'> {
    const bytes = new PlainBytes(this.#handle as FileHandle, this.sizeBytes);
    if (!this.file.compressed) return { bytes, close: () => undefined };
    const unzipped = new UnzippedBytes(bytes);
    return { bytes: unzipped, close: () => unzipped.close() };
  }
}

interface Reading {
  readonly bytes: ByteSource;
  readonly batches: EntryBatches;
  close(): void;
}

function firstTimestampIn(piece: Buffer): string {
  for (const line of new LineSplitter(() => undefined).split(piece)) {
    const entry = parseEntry(line);
    if (typeof entry !== 'string') return entry.timestamp;
  }
  return '';
}
