import type { Stats } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import type { LogEntry } from '../log-entry.ts';
import { analysisFaults } from './analysis-faults.ts';
import {
  type Content,
  endOfLastLine,
  FollowedFile,
  type FollowedFileOptions,
  HEAD_BYTES,
  isContentOf,
} from './followed-file.ts';
import type { EndedFile } from './last-entries.ts';
import { LineSplitter } from './line-splitter.ts';
import { fileVersion, findLogFiles, type LogFile, openLogFile } from './log-file.ts';
import type { EntryTest } from './log-filter.ts';
import type { LogTroubles } from './log-troubles.ts';
import { parseEntry } from './parse-entry.ts';
import type { Twins } from './twins.ts';
import { isWholeZip, unzippedFrom, unzippedHead } from './unzipped-content.ts';

/**
 * Sees every line that is added to the logs of a folder from the moment it began, each once, whatever becomes of the
 * files meanwhile: rotated under another name, gzipped and removed, copied and cut off, deleted and begun anew, between
 * two looks or while one goes on. Files are known by their inode and by what they begin with, not by their names. Plain
 * files stay open, so that what was written to one that is gone is still read.
 */
export class LogFollower {
  readonly #path: string;
  readonly #test: EntryTest;
  readonly #troubles: LogTroubles;
  readonly #twins: Twins;
  readonly #followed = new Map<string, FollowedFile>();
  /** Of files that were cut off or are gone: their rest may turn up elsewhere. Newest last. */
  #retired: Content[] = [];
  #knownZips = new Set<string>();

  constructor(path: string, test: EntryTest, troubles: LogTroubles, twins: Twins) {
    this.#path = path;
    this.#test = test;
    this.#troubles = troubles;
    this.#twins = twins;
  }

  /**
   * Takes what is there for known, and answers where each file ends now. Rejects with LOGS_NOT_FOUND like `findLogFiles`.
   */
  async begin(): Promise<EndedFile[]> {
    const files: EndedFile[] = [];
    // Until nothing new is found: files are rotated while they are being opened.
    for (let pass = 0, before = -1; before < files.length && pass < MAX_ROUNDS; pass++) {
      before = files.length;
      for (const file of await findLogFiles(this.#path)) {
        const ended = await this.#beginWith(file);
        if (ended !== undefined) files.push(ended);
      }
    }
    return files;
  }

  /** What was added since the last look; what was written to several files, by time. One look at a time. */
  async *look(): AsyncGenerator<readonly LogEntry[]> {
    const files = await presentFiles(this.#path);
    const present = new Set<string>();
    for (const file of files) if (!file.compressed) await this.#open(file, present);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const entries: LogEntry[] = [];
      if (!(await this.#readOn(entries))) break;
      if (entries.length > 0) yield entries.sort(byTime);
    }
    yield* this.#lookAtZips(files.filter(({ compressed }) => compressed));
    await this.#closeGone(present);
  }

  /** Closes all files. */
  async close(): Promise<void> {
    const files = [...this.#followed.values()];
    this.#followed.clear();
    await Promise.all(files.map(({ handle }) => handle.close()));
  }

  async #beginWith(file: LogFile): Promise<EndedFile | undefined> {
    try {
      if (file.compressed) {
        const stats = await stat(file.path);
        const version = fileVersion(stats);
        if (this.#knownZips.has(version)) return undefined;
        this.#knownZips.add(version);
        return { ...file, endBytes: stats.size, writtenMs: stats.mtimeMs };
      }
      const { handle, stats } = await openLogFile(file.path);
      if (this.#followed.has(inode(stats))) {
        await handle.close();
        return undefined;
      }
      const endBytes = await endOfLastLine(handle, stats.size);
      const content = { head: await headOf(handle, endBytes), positionBytes: endBytes };
      this.#followed.set(inode(stats), new FollowedFile(file.path, handle, this.#fileOptions, content));
      return { ...file, handle, endBytes, writtenMs: stats.mtimeMs };
    } catch (error) {
      this.#unlessGone(error, file.path);
      return undefined;
    }
  }

  async #open(file: LogFile, present: Set<string>): Promise<void> {
    try {
      const id = inode(await stat(file.path));
      present.add(id);
      if (this.#followed.has(id)) return;
      const { handle, stats } = await openLogFile(file.path);
      present.add(inode(stats));
      if (this.#followed.has(inode(stats))) await handle.close();
      else this.#followed.set(inode(stats), new FollowedFile(file.path, handle, this.#fileOptions));
    } catch (error) {
      this.#unlessGone(error, file.path);
    }
  }

  /** Whether any file had anything new. */
  async #readOn(entries: LogEntry[]): Promise<boolean> {
    let isMore = false;
    for (const file of this.#followed.values()) {
      try {
        const lines = await file.readOn();
        isMore ||= lines !== undefined;
        for (const line of (lines ?? '').split('\n')) this.#take(file.path, line, entries);
      } catch (error) {
        this.#unlessGone(error, file.path);
      }
    }
    return isMore;
  }

  /** Reads what no plain file had: of a file that came, was rotated and gzipped between two looks. */
  async *#lookAtZips(files: readonly LogFile[]): AsyncGenerator<readonly LogEntry[]> {
    const versions = new Set<string>();
    for (const { path } of files) {
      try {
        const version = fileVersion(await stat(path));
        versions.add(version);
        if (this.#knownZips.has(version)) continue;
        const head = await unzippedHead(path);
        const known = this.#known(head);
        const isOpen =
          known !== 'new' && [...this.#followed.values()].some(({ content }) => content === known);
        if (!isOpen) {
          if (!(await isWholeZip(path))) continue; // Still being written; it has another version at the next look.
          yield* this.#readZip(path, known === 'new' || known === 'unclear' ? this.#retire(head) : known);
        }
        this.#knownZips.add(version);
      } catch (error) {
        this.#unlessGone(error, path);
      }
    }
    for (const version of this.#knownZips) if (!versions.has(version)) this.#knownZips.delete(version);
  }

  async *#readZip(path: string, content: Content): AsyncGenerator<readonly LogEntry[]> {
    const splitter = new LineSplitter(() => this.#troubles.add(path, 'too long'));
    for await (const piece of unzippedFrom(path, content.positionBytes)) {
      content.positionBytes += piece.length;
      const entries: LogEntry[] = [];
      for (const line of splitter.split(piece)) this.#take(path, line, entries);
      if (entries.length > 0) yield entries;
    }
    const entries: LogEntry[] = [];
    this.#take(path, splitter.end(), entries);
    if (entries.length > 0) yield entries;
  }

  async #closeGone(present: ReadonlySet<string>): Promise<void> {
    for (const [id, file] of this.#followed) {
      if (present.has(id) || file.idleLooks < IDLE_LOOKS) continue;
      this.#followed.delete(id);
      this.#retired.push(file.content);
      await file.handle.close();
    }
    this.#retired = this.#retired.slice(-MAX_RETIRED);
  }

  #retire(head: Buffer): Content {
    const content = { head, positionBytes: 0 };
    this.#retired.push(content);
    return content;
  }

  #known(start: Buffer): Content | 'new' | 'unclear' {
    const contents = [...this.#followed.values()].map(({ content }) => content).concat(this.#retired);
    const known = contents.find((content) => isContentOf(start, content));
    if (known !== undefined) return known;
    return contents.some(({ head }) => head.subarray(0, start.length).equals(start)) ? 'unclear' : 'new';
  }

  #take(path: string, line: string, entries: LogEntry[]): void {
    if (line.trim() === '') return;
    const entry = parseEntry(line);
    if (typeof entry === 'string') this.#troubles.add(path, entry);
    else if (this.#test.matches(entry) && !this.#twins.isTwin(path, entry)) entries.push(entry);
  }

  #unlessGone(error: unknown, path: string): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code !== 'ENOENT') this.#troubles.add(path, 'unreadable file');
  }

  get #fileOptions(): FollowedFileOptions {
    return {
      known: (start) => this.#known(start),
      onCut: (before) => this.#retired.push(before),
      onTooLong: (path) => this.#troubles.add(path, 'too long'),
    };
  }
}

/** In one look each file gives up to this many times 4 MiB. */
const MAX_ROUNDS = 64;
/** A file that is gone and was looked at so often without anything new is closed. */
const IDLE_LOOKS = 20;
const MAX_RETIRED = 256;

function inode({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

async function headOf(handle: FileHandle, endBytes: number): Promise<Buffer> {
  const lengthBytes = Math.min(HEAD_BYTES, endBytes);
  if (lengthBytes === 0) return Buffer.alloc(0);
  return (await handle.read(Buffer.alloc(lengthBytes), 0, lengthBytes, 0)).buffer;
}

/** None while there is no folder: it may come back. */
async function presentFiles(path: string): Promise<LogFile[]> {
  try {
    return await findLogFiles(path);
  } catch (error) {
    if (analysisFaults.LOGS_NOT_FOUND.matches(error)) return [];
    throw error;
  }
}

function byTime(a: LogEntry, b: LogEntry): number {
  return a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0;
}
