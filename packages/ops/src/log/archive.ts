import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '@sustain/kernel';
import { tryProcessLock } from '@sustain/kernel/node';
import { archiveLockOf, slotLockOf } from './active-file.ts';
import type { FileSettings } from './file-settings.ts';
import type { MutableLogCounts } from './log-counts.ts';
import { type LogFileEntry, logFilesAmong } from './log-files.ts';

/**
 * Compresses what was rotated, and removes what is too old or too much: of this process and others, of this run and
 * earlier ones. One process does so at a time.
 *
 * A file is compressed into another one, which is on the disk before it gets its name, and only then the original
 * goes: whenever that is interrupted, the next run starts anew or removes the original, and no line is lost or doubled.
 */
export class Archive {
  readonly #settings: FileSettings;
  readonly #clock: Clock;
  readonly #counts: MutableLogCounts;
  readonly #folder: string;
  readonly #name: string;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #isCalledAgain = false;
  #timer: { cancel(): void } | undefined;

  constructor(settings: FileSettings, clock: Clock, counts: MutableLogCounts) {
    this.#settings = settings;
    this.#clock = clock;
    this.#counts = counts;
    this.#folder = dirname(settings.path);
    this.#name = basename(settings.path);
  }

  /** Finishes what an earlier run has left. Soon, not now: a start shall not wait for it. */
  start(): void {
    this.#later(START_AFTER_MS);
  }

  /** Does what there is to do, in the background. */
  run(): void {
    if (this.#stop.signal.aborted) return;
    this.#isCalledAgain = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
  }

  /** Stops as soon as may be: the next run does the rest. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#running;
  }

  #later(delayMs: number): void {
    this.#timer?.cancel();
    if (!this.#stop.signal.aborted) {
      this.#timer = this.#clock.schedule(delayMs, () => this.run(), { keepAlive: false });
    }
  }

  async #runAll(): Promise<void> {
    let nextMs = LOOK_EVERY_MS;
    try {
      while (this.#isCalledAgain && !this.#stop.signal.aborted) {
        this.#isCalledAgain = false;
        if (!(await this.#runOnce())) nextMs = BUSY_AGAIN_MS;
      }
    } catch {
      // The next time does what this one could not.
      this.#counts.diskErrors++;
    }
    this.#later(nextMs);
  }

  /** Answers false when another process is at it. */
  async #runOnce(): Promise<boolean> {
    // Somebody has removed it: there is nothing to do until it is made again.
    if (!existsSync(this.#folder)) return true;
    const lock = tryProcessLock(archiveLockOf(this.#settings.path));
    if (lock === undefined) return false;
    try {
      await this.#clear();
      await this.#retain();
      await this.#retainLeft();
      if (this.#settings.compress) await this.#compressAll();
      return true;
    } finally {
      lock.release();
    }
  }

  /** Removes what an interrupted run has left. */
  async #clear(): Promise<void> {
    const names = await readdir(this.#folder);
    const present = new Set(names);
    for (const name of names) {
      const isHalf = name.endsWith(HALF) && this.#isOurs(name.slice(0, -HALF.length));
      const isDouble = present.has(`${name}.gz`) && this.#isOurs(`${name}.gz`);
      if (isHalf || isDouble) await rm(join(this.#folder, name), { force: true });
    }
  }

  async #retain(): Promise<void> {
    const { backupCount, retentionMs } = this.#settings;
    const rotated = await this.#rotated();
    const surplus = rotated.length - backupCount;
    const oldestMs = this.#clock.wallMs() - retentionMs;
    for (const [index, file] of rotated.entries()) {
      if (index < surplus || file.rotatedAtMs < oldestMs) await rm(file.path, { force: true });
    }
  }

  /** What a process has left that nobody has come after: nobody rotates it. */
  async #retainLeft(): Promise<void> {
    const oldestMs = this.#clock.wallMs() - this.#settings.retentionMs;
    for (const file of logFilesAmong(await readdir(this.#folder), this.#folder, this.#name)) {
      if (file.rotatedAtMs !== undefined) continue;
      // Its process may be rotating it.
      const found = await stat(file.path).catch(() => undefined);
      if (found === undefined || found.mtimeMs >= oldestMs) continue;
      const lock = tryProcessLock(slotLockOf(this.#settings.path, file.slot));
      if (lock === undefined) continue;
      await rm(file.path, { force: true });
      lock.release();
    }
  }

  async #compressAll(): Promise<void> {
    for (const file of await this.#rotated()) {
      if (file.isCompressed || this.#stop.signal.aborted) continue;
      await this.#compress(file.path);
    }
  }

  async #compress(path: string): Promise<void> {
    const half = `${path}${HALF}`;
    const { signal } = this.#stop;
    try {
      await pipeline(
        createReadStream(path),
        createGzip(),
        // On the disk before it is closed, and so before it gets its name.
        createWriteStream(half, { flush: true }),
        { signal },
      );
      await rename(half, `${path}.gz`);
      await syncFolder(this.#folder);
      await rm(path, { force: true });
    } catch {
      // The original is there: it is read as it is, and the next time may do what this one could not.
      if (!signal.aborted) this.#counts.diskErrors++;
      await rm(half, { force: true });
    }
  }

  async #rotated(): Promise<readonly Rotated[]> {
    const files = logFilesAmong(await readdir(this.#folder), this.#folder, this.#name);
    return files.filter((file): file is Rotated => file.rotatedAtMs !== undefined);
  }

  #isOurs(name: string): boolean {
    return logFilesAmong([name], this.#folder, this.#name).some((file) => file.rotatedAtMs !== undefined);
  }
}

type Rotated = LogFileEntry & { readonly rotatedAtMs: number };

const HALF = '.gz.tmp';
const START_AFTER_MS = 100;
const BUSY_AGAIN_MS = 5000;
const LOOK_EVERY_MS = 3_600_000;

/** So that the new name is on the disk before the old one goes. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
