import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_BYTES } from './line-splitter.ts';

/** What a file holds, whatever the file is called and wherever it was moved or copied to, and how much of it has been read. */
export interface Content {
  /** Its first bytes, up to 4 KiB of those that were read: by these it is known again. */
  head: Buffer;
  /** After the last complete line that was read. */
  positionBytes: number;
}

/** What a follower is told, and asked. */
export interface FollowedFileOptions {
  /** Which content a file has that begins so: one that is known; a new one; or not to be said yet, since it may become either. */
  readonly known: (start: Buffer) => Content | 'new' | 'unclear';
  /** The file was cut off, and holds this no more. */
  readonly onCut: (before: Content) => void;
  /** A line of more than 4 MiB is left out. */
  readonly onTooLong: (path: string) => void;
}

/** A plain log file that is open, under whatever name it goes by now. */
export class FollowedFile {
  readonly path: string;
  readonly #options: FollowedFileOptions;
  readonly handle: FileHandle;
  content: Content;
  /** How often it was looked at since it had anything new. */
  idleLooks = 0;
  #seen = '';
  #skipping = false;

  constructor(path: string, handle: FileHandle, options: FollowedFileOptions, content: Content = nothing()) {
    this.#options = options;
    this.path = path;
    this.handle = handle;
    this.content = content;
  }

  /**
   * The lines that were completed since the last look, up to 4 MiB; undefined when there are none. A file that was cut
   * off and written to again is read from its beginning. Rejects when the file cannot be read.
   */
  async readOn(): Promise<string | undefined> {
    const { size, mtimeMs } = await this.handle.stat();
    const seen = `${size}:${mtimeMs}:${this.content.positionBytes}`;
    if (seen === this.#seen) {
      this.idleLooks++;
      return undefined;
    }
    if (this.content.head.length === 0 && size > 0) {
      const known = this.#options.known(await this.#bytes(0, Math.min(HEAD_BYTES, size)));
      if (known === 'unclear') return undefined;
      if (known !== 'new') this.content = known;
    }
    const { content } = this;
    const piece = await this.#bytes(
      content.positionBytes,
      Math.min(size - content.positionBytes, MAX_LINE_BYTES),
    );
    // Looked at after the reading: whatever was read before belongs to this head.
    if (size < content.positionBytes || !(await this.#hasHead(content))) {
      this.#options.onCut(content);
      this.content = nothing();
      this.#skipping = false;
      return this.readOn();
    }
    this.idleLooks = 0;
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      if (piece.length < MAX_LINE_BYTES) this.#seen = seen;
      else this.#skip(piece);
      return piece.length < MAX_LINE_BYTES ? undefined : '';
    }
    content.positionBytes += end;
    const start = this.#skipping ? piece.indexOf(NEWLINE) + 1 : 0;
    this.#skipping = false;
    await this.#hasHead(content);
    return piece.toString('utf8', start, end);
  }

  #skip(piece: Buffer): void {
    if (!this.#skipping) this.#options.onTooLong(this.path);
    this.#skipping = true;
    this.content.positionBytes += piece.length;
  }

  /** Whether the file still begins as the content does; takes over what of its beginning is known by now. */
  async #hasHead(content: Content): Promise<boolean> {
    const head = await this.#bytes(0, Math.min(HEAD_BYTES, content.positionBytes));
    if (!head.subarray(0, content.head.length).equals(content.head)) return false;
    content.head = head;
    return true;
  }

  async #bytes(position: number, lengthBytes: number): Promise<Buffer> {
    if (lengthBytes <= 0) return Buffer.alloc(0);
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(lengthBytes), 0, lengthBytes, position);
    return buffer.subarray(0, bytesRead);
  }
}

/** Where the last complete line of a file of `sizeBytes` ends. */
export async function endOfLastLine(handle: FileHandle, sizeBytes: number): Promise<number> {
  let end = sizeBytes;
  while (end > 0) {
    const start = Math.max(0, end - HEAD_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline + 1;
    end = start;
  }
  return 0;
}

function nothing(): Content {
  return { head: Buffer.alloc(0), positionBytes: 0 };
}

/** Whether what begins with `start` is this content, or more of it. */
export function isContentOf(start: Buffer, { head }: Content): boolean {
  return head.length > 0 && start.subarray(0, head.length).equals(head);
}

export const HEAD_BYTES = 4096;

const NEWLINE = 10;
