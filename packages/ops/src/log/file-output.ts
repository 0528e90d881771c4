import type { Clock, Severity } from '@sustain/kernel';
import { ActiveFile } from './active-file.ts';
import { Archive } from './archive.ts';
import type { LogOutput } from './entry-writer.ts';
import type { FileSettings } from './file-settings.ts';
import type { FileState, FileWatcher, Outage } from './file-state.ts';
import type { MutableLogCounts } from './log-counts.ts';
import { diskFault } from './log-faults.ts';
import { PendingLines, wholeLines } from './pending-lines.ts';

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
  #state: FileState = { state: 'away' };
  #outage: Outage | undefined;
  #draining: Promise<void> | undefined;
  #inFlight: Uint8Array | undefined;
  #flushTimer: { cancel(): void } | undefined;
  #retryTimer: { cancel(): void } | undefined;
  /** Lines dropped because the disk is slow, and not told of yet. */
  #overflow = 0;
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
    this.#open();
  }

  write(line: string): boolean {
    const { sync, flushEveryMs } = this.#settings;
    if (sync && this.#writeNow(line)) return true;
    if (!this.#pending.add(line)) {
      if (this.#outage === undefined) this.#overflow++;
      this.#counts.dropped[this.#outage ? 'disk' : 'buffer']++;
      // Of a disk that is slow the console is told nothing: printing would make all slower still.
      return this.#outage === undefined;
    }
    if (this.#state.state !== 'open') return false;
    if (sync) this.flushSync();
    else if (this.#pending.chars >= DRAIN_AT_CHARS) void this.#drain();
    else this.#flushTimer ??= this.#clock.schedule(flushEveryMs, () => void this.#drain(), IDLE);
    return this.#outage === undefined;
  }

  async flush(): Promise<void> {
    await this.#drain();
    if (this.#state.state !== 'open') return;
    await this.#state.file.fsync().catch(() => this.#counts.diskErrors++);
  }

  flushSync(): void {
    this.#takeOverInFlight();
    try {
      for (let part = this.#next(); part !== undefined; part = this.#next()) {
        this.#wrote((this.#state as { file: ActiveFile }).file.writeSync(part));
      }
    } catch (error) {
      this.#lose(error);
    }
  }

  async close(): Promise<void> {
    this.#flushTimer?.cancel();
    await this.flush();
    // What came while it was flushed.
    this.flushSync();
    this.#retryTimer?.cancel();
    if (this.#state.state === 'open') this.#state.file.close();
    this.#state = { state: 'closed' };
    this.#counts.dropped.disk += this.#pending.clear();
    await this.#archive.stop();
  }

  /** The short way of most lines: nothing waits, and there is room. Answers whether it was taken. */
  #writeNow(line: string): boolean {
    if (this.#state.state !== 'open' || this.#outage || this.#pending.chars > 0) return false;
    const { maxSizeBytes, rotateEveryMs } = this.#settings;
    try {
      const file = this.#inPlace(this.#state.file);
      const sizeBytes = Buffer.byteLength(line);
      if (rotateEveryMs < Number.POSITIVE_INFINITY || file.sizeBytes + sizeBytes > maxSizeBytes) return false;
      const written = file.writeSync(line);
      this.#counts.writtenBytes += written;
      if (written === sizeBytes) this.#counts.writtenLines++;
      else {
        this.#pending.addBegun(Buffer.from(line), written);
        this.flushSync();
      }
      return true;
    } catch (error) {
      this.#lose(error);
      return false;
    }
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
    if (this.#overflow > 0) this.#watcher.overflowed(this.#settings.path, this.#overflow);
    this.#overflow = 0;
  }

  /** Waits for what the system is writing just now, so that no line overtakes another. */
  #takeOverInFlight(): void {
    const part = this.#inFlight;
    if (part === undefined || this.#state.state !== 'open') return;
    // A disk that hangs: to write more would hang, too.
    if (!this.#state.file.waitForSize(this.#state.file.sizeBytes + part.length)) return;
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
    return this.#newFile();
  }

  #newFile(): ActiveFile {
    const file = ActiveFile.open(this.#settings.path, this.#clock.wallMs());
    this.#state = { state: 'open', file };
    this.#pending.restartLine();
    return file;
  }

  /** As many whole lines as the file has room for; the file is rotated when it has room for none. */
  #fitting(file: ActiveFile, bytes: Uint8Array): Uint8Array {
    const { maxSizeBytes, rotateEveryMs } = this.#settings;
    // The rest of a line of which the disk has taken a part: it stays in one file.
    if (this.#pending.isWithinLine) return wholeLines(bytes, 0);
    const wallMs = this.#clock.wallMs();
    const part = wholeLines(bytes, Math.min(maxSizeBytes - file.sizeBytes, WRITE_BYTES));
    const isFull = file.sizeBytes + part.length > maxSizeBytes || file.ageMs(wallMs) >= rotateEveryMs;
    if (file.sizeBytes === 0 || !isFull) return part;
    file.rotate(wallMs);
    this.#counts.rotations++;
    this.#archive.run();
    return wholeLines(bytes, Math.min(maxSizeBytes, WRITE_BYTES));
  }

  #wrote(bytes: number): void {
    this.#counts.writtenBytes += bytes;
    this.#counts.writtenLines += this.#pending.written(bytes);
  }

  #open(): void {
    if (this.#state.state !== 'away') return;
    try {
      this.#newFile();
      this.#archive.start();
    } catch (error) {
      this.#lose(error);
      return;
    }
    if (this.#outage === undefined) return;
    // To open a file takes no room: only what is written shows that there is some.
    if (this.#settings.sync) {
      this.flushSync();
      this.#endOutage();
    } else void this.#drain().then(() => this.#endOutage());
  }

  #lose(error: unknown): void {
    this.#counts.diskErrors++;
    if (this.#state.state === 'closed') return;
    if (this.#state.state === 'open') this.#state.file.close();
    this.#state = { state: 'away' };
    const { path, retry } = this.#settings;
    const isNew = this.#outage === undefined;
    const droppedBefore = this.#counts.dropped.disk;
    this.#outage ??= { sinceMs: this.#clock.monotonicMs(), droppedBefore, attempts: 0 };
    const delayMs = Math.min(retry.mostMs, retry.firstMs * 2 ** Math.min(this.#outage.attempts++, 30));
    this.#retryTimer?.cancel();
    this.#retryTimer = this.#clock.schedule(delayMs, () => this.#open(), IDLE);
    if (isNew) this.#watcher.lost(path, diskFault(path, error));
  }

  #endOutage(): void {
    if (this.#outage === undefined || this.#state.state !== 'open') return;
    const { sinceMs, droppedBefore } = this.#outage;
    this.#outage = undefined;
    const droppedLines = this.#counts.dropped.disk - droppedBefore;
    this.#watcher.restored(this.#settings.path, this.#clock.monotonicMs() - sinceMs, droppedLines);
  }
}

const IDLE = { keepAlive: false };
const DRAIN_AT_CHARS = 65_536;
const WRITE_BYTES = 262_144;
const LOOK_EVERY_MS = 100;
