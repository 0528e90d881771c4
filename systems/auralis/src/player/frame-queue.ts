import { RingBuffer } from '@sustain/audio';

export interface FrameQueueOptions {
  readonly channels: number;
  /** Most sample frames that wait. */
  readonly capacityFrames: number;
  /** Most stream frames that wait. Default 1024. */
  readonly capacityEntries?: number;
}

/** What the header of a waiting stream frame said. */
export interface QueueEntry {
  /** Sample frames, 1 or more. */
  readonly frames: number;
  readonly flags: number;
  readonly samplePosition: number;
  /** Silence to be put before it, in sample frames, with a fade on both sides; undefined: it continues the audio. */
  readonly silenceBefore: number | undefined;
}

/**
 * The stream frames that wait to be played: their audio in a ring, what their headers said in fixed columns.
 * Between some of them are breaks, where the audio does not continue. Allocates nothing after construction.
 */
export class FrameQueue {
  readonly #ring: RingBuffer;
  readonly #capacity: number;
  readonly #frames: Int32Array;
  readonly #flags: Uint8Array;
  readonly #positions: Float64Array;
  /** Silence before an entry; CONTINUES where there is no break. */
  readonly #silences: Int32Array;
  #head = 0;
  #entries = 0;
  /** Sample frames already taken from the head entry. */
  #taken = 0;
  #contiguousFrames = 0;

  constructor(options: FrameQueueOptions) {
    this.#ring = new RingBuffer(options);
    this.#capacity = options.capacityEntries ?? 1024;
    this.#frames = new Int32Array(this.#capacity);
    this.#flags = new Uint8Array(this.#capacity);
    this.#positions = new Float64Array(this.#capacity);
    this.#silences = new Int32Array(this.#capacity);
  }

  /** Sample frames that wait. */
  get availableFrames(): number {
    return this.#ring.availableFrames;
  }

  /** Sample frames from the head to the next break or the end. */
  get contiguousFrames(): number {
    return this.#contiguousFrames;
  }

  /** Sample frames left of the head entry, 0 when nothing waits. */
  get headFrames(): number {
    return this.#entries === 0 ? 0 : (this.#frames[this.#head] as number) - this.#taken;
  }

  /** Flags of the head entry. */
  get headFlags(): number {
    return this.#flags[this.#head] as number;
  }

  /** Position of the next sample frame to be taken. */
  get headPosition(): number {
    return (this.#positions[this.#head] as number) + this.#taken;
  }

  /** Adds a frame whose audio is the first `entry.frames` of `audio`. False, and nothing is added, without room. */
  append(entry: QueueEntry, audio: readonly Float32Array[]): boolean {
    if (this.#entries === this.#capacity || entry.frames > this.#ring.freeFrames) return false;
    const slot = (this.#head + this.#entries) % this.#capacity;
    this.#frames[slot] = this.#ring.write(audio, entry.frames);
    this.#flags[slot] = entry.flags;
    this.#positions[slot] = entry.samplePosition;
    this.#silences[slot] = entry.silenceBefore ?? CONTINUES;
    this.#entries++;
    this.#measure();
    return true;
  }

  /** Takes up to `frames` sample frames of the head entry, never past it. Answers how many. */
  take(target: readonly Float32Array[], frames: number, targetFrame: number): number {
    return this.#advance(this.#ring.read(target, Math.min(frames, this.headFrames), targetFrame));
  }

  /** Crosses the break before the head entry and answers its silence; 0 when there is none. */
  crossBreak(): number {
    if (this.#entries === 0) return 0;
    const silence = this.#silences[this.#head] as number;
    this.#silences[this.#head] = CONTINUES;
    this.#measure();
    return Math.max(0, silence);
  }

  /** Drops up to `frames` of the oldest sample frames, breaks included. */
  skip(frames: number): void {
    let left = Math.min(frames, this.availableFrames);
    while (left > 0) {
      this.crossBreak();
      left -= this.#advance(this.#ring.skip(Math.min(left, this.headFrames)));
    }
  }

  #advance(frames: number): number {
    this.#taken += frames;
    this.#contiguousFrames -= frames;
    while (this.#entries > 0 && this.headFrames === 0) {
      this.#head = (this.#head + 1) % this.#capacity;
      this.#entries--;
      this.#taken = 0;
    }
    return frames;
  }

  /** Entries are few (25 a second), so counting anew is cheaper than keeping the count right. */
  #measure(): void {
    this.#contiguousFrames = -this.#taken;
    for (let i = 0; i < this.#entries; i++) {
      const slot = (this.#head + i) % this.#capacity;
      if (this.#silences[slot] !== CONTINUES) break;
      this.#contiguousFrames += this.#frames[slot] as number;
    }
  }
}

const CONTINUES = -1;
