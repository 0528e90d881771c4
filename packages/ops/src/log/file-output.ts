import type { Clock, Fault, Severity } from '@sustain/kernel';
import { ActiveFile } from './active-file.ts';
import { Archive } from './archive.ts';
import type { LogOutput } from './entry-writer.ts';
import type { FileSettings } from './file-settings.ts';
import type { MutableLogCounts } from './log-counts.ts';
import { diskFault } from './log-faults.ts';
import { PendingLines } from './pending-lines.ts';

/** Who is told of a file that is lost and restored. */
export interface FileWatcher {
  lost(path: string, fault: Fault): void;
  restored(path: string, downMs: number, droppedLines: number): void;
}

type State =
  | { readonly state: 'open'; readonly file: ActiveFile }
  | {
      readonly state: 'away';
      readonly sinceMs: number;
      readonly attempts: number;
      readonly droppedBefore: number;
    }
  | { readonly state: 'closed' };

/**
 * A file of the log. Lines wait in memory and are written together, or one by one when it is `sync`. When the disk
 * refuses, they wait as long as there is room, then they are dropped and counted; meanwhile it tries again and again.
 *
 * It is no SonicBoom: that one's `flushSync` never returns from a full disk (measured, 4.2.1 on /dev/full).
 */
export class FileOutput implements LogOutput {
  readonly least: Severity;
  readonly readsLine = true;
  readonly #settings: FileSettings;
  readonly #clock: Clock;
  readonly #counts: MutableLogCounts;
  readonly #watcher: FileWatcher;
  readonly #archive: Archive;
  readonly #pending: PendingLines;
  #state: State = { state: 'closed' };
  #draining: Promise<void> | undefined;
  #inFlight: Uint8Array | undefined;
  #flushTimer: { cancel(): void } | undefined;
  #retryTimer: { cancel(): void } | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(
    settings: FileSettings,
    least: Severity,
    clock: Clock,
    counts: MutableLogCounts,
    watcher: FileWatcher,
  ) {
    this.least = least;
    this.#settings = settings;
    this.#clock = clock;
    this.#counts = counts;
    this.#watcher = watcher;
    this.#pending = new PendingLines(settings.maxBufferBytes);
    this.#archive = new Archive(settings, clock, counts);
    try {
      this.#state = { state: 'open', file: ActiveFile.open(settings.path, clock.wallMs()) };
      this.#archive.start();
    } catch (error) {
      this.#lose(error);
    }
  }

  write(line: string): boolean {
    const { state } = this.#state;
    if (!this.#pending.add(line)) {
      this.#counts.dropped[state === 'away' ? 'disk' : 'buffer']++;
      return false;
    }
    if (state !== 'open') return false;
    if (this.#settings.sync) {
      this.flushSync();
      return this.#state.state === 'open';
    }
    if (this.#pending.chars >= DRAIN_AT_CHARS) void this.#drain();
    else
      this.#flushTimer ??= this.#clock.schedule(
        this.#settings.flushEveryMs,
        () => {
          this.#flushTimer = undefined;
          void this.#drain();
        },
        { keepAlive: false },
      );
    return true;
  }

  async flush(): Promise<void> {
    await this.#drain();
    if (this.#state.state !== 'open') return;
    try {
      await this.#state.file.fsync();
    } catch (error) {
      this.#lose(error);
    }
  }

  flushSync(): void {
    this.#takeOverInFlight();
    for (let part = this.#next(); part !== undefined; part = this.#next()) {
      try {
        this.#wrote((this.#state as { file: ActiveFile }).file.writeSync(part));
      } catch (error) {
        this.#lose(error);
        return;
      }
    }
  }

  async close(): Promise<void> {
    this.#flushTimer?.cancel();
    await this.flush();
    // What came while it was flushed.
    this.flushSync();
    this.#retryTimer?.cancel();
    const before = this.#state;
    this.#state = { state: 'closed' };
    this.#counts.dropped.disk += this.#pending.clear();
    if (before.state === 'open') before.file.close();
    await this.#archive.stop();
  }

  #drain(): Promise<void> {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #drainAll(): Promise<void> {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    for (let part = this.#next(); part !== undefined; part = this.#next()) {
      this.#inFlight = part;
      try {
        const written = await (this.#state as { file: ActiveFile }).file.write(part);
        if (this.#inFlight !== part) continue; // flushSync has seen it written.
        this.#inFlight = undefined;
        this.#wrote(written);
      } catch (error) {
        if (this.#inFlight === part) this.#inFlight = undefined;
        return this.#lose(error);
      }
    }
  }

  /** Waits for what the system is writing just now, so that no line overtakes another. */
  #takeOverInFlight(): void {
    const part = this.#inFlight;
    if (part === undefined || this.#state.state !== 'open') return;
    const { file } = this.#state;
    const beforeBytes = file.sizeBytes;
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let waits = 0; file.sizeNowBytes() < beforeBytes + part.length; waits++) {
      if (waits === MOST_WAITS) return; // The disk hangs: to write more would hang, too.
      Atomics.wait(cell, 0, 0, 1);
    }
    this.#inFlight = undefined;
    this.#wrote(part.length);
  }

  /** What to write next, and nothing while that cannot be. */
  #next(): Uint8Array | undefined {
    if (this.#inFlight !== undefined || this.#state.state !== 'open') return undefined;
    const bytes = this.#pending.bytes();
    if (bytes === undefined) return undefined;
    try {
      return this.#fitting(this.#inPlace(this.#state.file), bytes);
    } catch (error) {
      this.#lose(error);
      return undefined;
    }
  }

  #inPlace(file: ActiveFile): ActiveFile {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return file;
    this.#lookedMs = nowMs;
    if (file.isInPlace()) return file;
    // Its lock may be gone with it.
    file.close();
    const next = ActiveFile.open(this.#settings.path, this.#clock.wallMs());
    this.#state = { state: 'open', file: next };
    return next;
  }

  /** As many whole lines as the file has room for; the file is rotated when it has room for none. */
  #fitting(file: ActiveFile, bytes: Uint8Array): Uint8Array {
    const { maxSizeBytes, rotateEveryMs } = this.#settings;
    const firstLine = bytes.indexOf(NEWLINE) + 1;
    // The rest of a line of which the disk has taken a part: it stays in one file.
    if (this.#pending.isWithinLine) return bytes.subarray(0, firstLine);
    const isOld = file.ageMs(this.#clock.wallMs()) >= rotateEveryMs;
    if (file.sizeBytes > 0 && (isOld || file.sizeBytes + firstLine > maxSizeBytes)) {
      file.rotate(this.#clock.wallMs());
      this.#counts.rotations++;
      this.#archive.run();
    }
    const room = Math.min(maxSizeBytes - file.sizeBytes, WRITE_BYTES);
    if (bytes.length <= room) return bytes;
    return bytes.subarray(0, Math.max(firstLine, bytes.lastIndexOf(NEWLINE, room - 1) + 1));
  }

  #wrote(bytes: number): void {
    this.#counts.writtenBytes += bytes;
    this.#counts.writtenLines += this.#pending.written(bytes);
  }

  #lose(error: unknown): void {
    this.#counts.diskErrors++;
    const before = this.#state;
    if (before.state === 'away') return;
    const { path } = this.#settings;
    if (before.state === 'open') {
      try {
        before.file.close();
      } catch {
        this.#counts.diskErrors++;
      }
    }
    const { disk: droppedBefore } = this.#counts.dropped;
    this.#state = { state: 'away', sinceMs: this.#clock.monotonicMs(), attempts: 0, droppedBefore };
    this.#retryLater(0);
    this.#watcher.lost(path, diskFault(path, error));
  }

  #retryLater(attempts: number): void {
    const { firstMs, mostMs } = this.#settings.retry;
    const delayMs = Math.min(mostMs, firstMs * 2 ** Math.min(attempts, 30));
    this.#retryTimer = this.#clock.schedule(delayMs, () => this.#retry(), { keepAlive: false });
  }

  #retry(): void {
    if (this.#state.state !== 'away') return;
    const { sinceMs, attempts, droppedBefore } = this.#state;
    let file: ActiveFile | undefined;
    try {
      file = ActiveFile.open(this.#settings.path, this.#clock.wallMs());
      // To open a file takes no room: only what is written shows that there is some.
      const bytes = this.#pending.bytes()?.subarray(0, WRITE_BYTES) ?? new Uint8Array();
      if (bytes.length > 0) this.#wrote(file.writeSync(bytes));
    } catch {
      this.#counts.diskErrors++;
      file?.close();
      this.#state = { ...this.#state, attempts: attempts + 1 };
      this.#retryLater(attempts + 1);
      return;
    }
    this.#state = { state: 'open', file };
    this.#archive.start();
    const droppedLines = this.#counts.dropped.disk - droppedBefore;
    this.#watcher.restored(this.#settings.path, this.#clock.monotonicMs() - sinceMs, droppedLines);
    if (this.#settings.sync) this.flushSync();
    else void this.#drain();
  }
}

const DRAIN_AT_CHARS = 65_536;
const WRITE_BYTES = 262_144;
const LOOK_EVERY_MS = 100;
const NEWLINE = 10;
/** Of a millisecond each. */
const MOST_WAITS = 500;
