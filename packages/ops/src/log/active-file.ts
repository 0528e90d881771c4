import {
  close,
  closeSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ProcessLock, tryProcessLock } from '@sustain/kernel/node';
import { activeName, logFilesAmong, rotatedName } from './log-files.ts';

/** The file that one process writes to, and no other: it has the lock of its slot. */
export class ActiveFile {
  readonly path: string;
  readonly slot: number;
  readonly #folder: string;
  readonly #name: string;
  readonly #lock: ProcessLock;
  #fd: number;
  #isOpen = true;
  #sizeBytes: number;
  /** Wall time at which its first line came. */
  #startedWallMs: number;

  /** Takes the first slot that is free, and makes the folder where it is missing. Throws what the system says. */
  static open(path: string, wallMs: number): ActiveFile {
    const folder = dirname(path);
    const name = basename(path);
    mkdirSync(folder, { recursive: true });
    for (let slot = 1; slot <= MOST_SLOTS; slot++) {
      const lock = tryProcessLock(slotLockOf(path, slot));
      if (lock === undefined) continue;
      try {
        return new ActiveFile(folder, name, slot, lock, wallMs);
      } catch (error) {
        lock.release();
        throw error;
      }
    }
    throw new Error(`${MOST_SLOTS} processes write it already`);
  }

  private constructor(folder: string, name: string, slot: number, lock: ProcessLock, wallMs: number) {
    this.#folder = folder;
    this.#name = name;
    this.slot = slot;
    this.path = join(folder, activeName(name, slot));
    this.#lock = lock;
    this.#fd = openSync(this.path, 'a+');
    try {
      const { size, birthtimeMs, mtimeMs, isFile } = this.#stat();
      this.#sizeBytes = isFile ? size : 0;
      this.#startedWallMs = size === 0 ? wallMs : Math.min(birthtimeMs || mtimeMs, wallMs);
      // The process before was killed within a line: the next one shall be readable.
      if (isFile && size > 0 && this.#byteAt(size - 1) !== NEWLINE) this.writeSync(Buffer.of(NEWLINE));
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  ageMs(wallMs: number): number {
    return Math.max(0, wallMs - this.#startedWallMs);
  }

  /** Whether it is still what its path names; nobody has moved or removed it. Sees what others have cut off, too. */
  isInPlace(): boolean {
    const own = this.#stat();
    if (own.isFile) this.#sizeBytes = own.size;
    const there = statSync(this.path, { throwIfNoEntry: false });
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  }

  /** Blocks until what the system is writing has made it so large. Answers whether it has, in half a second. */
  waitForSize(sizeBytes: number): boolean {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let waits = 0; this.#stat().size < sizeBytes; waits++) {
      if (waits === MOST_WAITS) return false;
      Atomics.wait(cell, 0, 0, 1);
    }
    return true;
  }

  writeSync(bytes: Uint8Array | string): number {
    const written = typeof bytes === 'string' ? writeSync(this.#fd, bytes) : writeSync(this.#fd, bytes);
    this.#sizeBytes += written;
    return written;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, (error, written) => {
        if (error) return reject(error);
        this.#sizeBytes += written;
        resolve(written);
      });
    });
  }

  /** Gives what was written a name of its own, and goes on with a new file. */
  rotate(wallMs: number): void {
    const others = logFilesAmong(readdirSync(this.#folder), this.#folder, this.#name);
    const newestMs = others.findLast((file) => file.rotatedAtMs !== undefined)?.rotatedAtMs ?? 0;
    // Names sort by time even when the clock was set back, and no two are the same.
    const rotatedAtMs = Math.max(Math.floor(wallMs), newestMs + 1);
    renameSync(this.path, join(this.#folder, rotatedName(basename(this.path), rotatedAtMs)));
    const fd = openSync(this.path, 'a+');
    closeSync(this.#fd);
    this.#fd = fd;
    this.#sizeBytes = 0;
    this.#startedWallMs = wallMs;
  }

  fsync(): Promise<void> {
    return new Promise((resolve, reject) => fsync(this.#fd, (error) => (error ? reject(error) : resolve())));
  }

  /** Never throws: what a lost disk says of it, the next write has said, or will. */
  close(): void {
    // Its number may be that of another file by now.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#lock.release();
    close(this.#fd, () => undefined);
  }

  #stat(): { size: number; ino: number; dev: number; birthtimeMs: number; mtimeMs: number; isFile: boolean } {
    const stat = fstatSync(this.#fd);
    const { size, ino, dev, birthtimeMs, mtimeMs } = stat;
    return { size, ino, dev, birthtimeMs, mtimeMs, isFile: stat.isFile() };
  }

  #byteAt(position: number): number | undefined {
    const byte = Buffer.alloc(1);
    readSync(this.#fd, byte, 0, 1, position);
    return byte[0];
  }
}

const MOST_SLOTS = 64;
/** Of a millisecond each. */
const MOST_WAITS = 500;
const NEWLINE = 10;

/** The lock of a slot. Beside the file, hidden: `.bot.log.2.lock`. */
export function slotLockOf(path: string, slot: number): string {
  return lockOf(path, `${slot}`);
}

/** The lock of who compresses and removes what was rotated: one process at a time. */
export function archiveLockOf(path: string): string {
  return lockOf(path, 'archive');
}

function lockOf(path: string, what: string): string {
  return join(dirname(path), `.${basename(path)}.${what}.lock`);
}
