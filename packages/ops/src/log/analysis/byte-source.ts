import type { FileHandle } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { LogTroubleReason } from './log-troubles.ts';

/** The bytes of a file, in pieces. One `read` at a time. */
export interface ByteSource {
  /** The next piece; undefined at the end, or when no more can be had: then `trouble` says why. Never rejects. */
  read(): Promise<Buffer | undefined>;
  readonly trouble: LogTroubleReason | undefined;
  /** Of the file, as it lies on the disk, so far. */
  readonly readBytes: number;
}

/** Up to `endBytes`, which may be more than there is. Pieces have up to 256 KiB. The handle stays the caller's. */
export class PlainBytes implements ByteSource {
  readonly #handle: FileHandle;
  readonly #endBytes: number;
  #position: number;
  trouble: LogTroubleReason | undefined;

  constructor(handle: FileHandle, endBytes: number, startBytes = 0) {
    this.#handle = handle;
    this.#endBytes = endBytes;
    this.#position = startBytes;
    this.readBytes = 0;
  }

  readBytes: number;

  async read(): Promise<Buffer | undefined> {
    const wantedBytes = Math.min(PIECE_BYTES, this.#endBytes - this.#position);
    if (wantedBytes <= 0 || this.trouble !== undefined) return undefined;
    try {
      const { buffer, bytesRead } = await this.#handle.read(
        Buffer.allocUnsafe(wantedBytes),
        0,
        wantedBytes,
        this.#position,
      );
      this.#position += bytesRead;
      this.readBytes += bytesRead;
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    } catch {
      this.trouble = 'unreadable file';
      return undefined;
    }
  }
}

/**
 * What a gzipped source holds, up to where it ends or is damaged: Node's own stream would drop what it had unpacked but
 * not delivered yet. A piece has what 32 KiB of the file hold.
 */
export class UnzippedBytes implements ByteSource {
  readonly #source: ByteSource;
  readonly #gunzip: Gunzip;
  #unpacked: Buffer[] = [];
  #packed: Buffer = NOTHING;
  #ended = false;
  trouble: LogTroubleReason | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#gunzip = createGunzip({ chunkSize: PIECE_BYTES });
    this.#gunzip.on('data', (piece: Buffer) => this.#unpacked.push(piece));
    this.#gunzip.on('error', ({ code }: NodeJS.ErrnoException) => {
      this.trouble = code === 'Z_BUF_ERROR' ? 'gzip cut off' : 'gzip damaged';
    });
  }

  get readBytes(): number {
    return this.#source.readBytes;
  }

  async read(): Promise<Buffer | undefined> {
    while (this.#unpacked.length === 0 && !this.#ended) await this.#unpack();
    if (this.#unpacked.length === 0) return undefined;
    const [first] = this.#unpacked;
    const piece = this.#unpacked.length === 1 ? (first as Buffer) : Buffer.concat(this.#unpacked);
    this.#unpacked = [];
    return piece;
  }

  /** What nobody wants any more. */
  close(): void {
    this.#ended = true;
    this.#gunzip.destroy();
  }

  async #unpack(): Promise<void> {
    if (this.#packed.length === 0) this.#packed = (await this.#source.read()) ?? NOTHING;
    const part = this.#packed.subarray(0, PACKED_BYTES);
    this.#packed = this.#packed.subarray(part.length);
    await new Promise<void>((resolve) => {
      this.#gunzip.once('close', resolve);
      const done = () => {
        this.#gunzip.off('close', resolve);
        resolve();
      };
      if (part.length > 0) this.#gunzip.write(part, done);
      else this.#gunzip.end();
    });
    this.#ended = part.length === 0 || this.#gunzip.destroyed;
    this.trouble ??= this.#source.trouble;
  }
}

const PIECE_BYTES = 256 * 1024;
const PACKED_BYTES = 32 * 1024;
const NOTHING = Buffer.alloc(0);
