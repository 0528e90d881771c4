import { decodePcm16, type Frame, fadeIn, fadeOut, frameFlags, PCM16_BYTES, rms } from '@sustain/audio';

/** Where the audio goes. */
export interface TapeSink {
  /** Takes `frames` sample frames of planar audio, and keeps none of the arrays. */
  write(channels: readonly Float32Array[], frames: number): Promise<void>;
}

export interface StreamTapeOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly sink: TapeSink;
  /** After so many sample frames it takes no more. */
  readonly maxFrames: number;
}

/** What was heard, in sample frames where nothing else is said. */
export interface TapeFigures {
  readonly recordedFrames: number;
  /** How often something was missing, how much in all, and the longest. All of it is silence on the tape. */
  readonly gaps: number;
  readonly gapFrames: number;
  readonly longestGapFrames: number;
  /** How often the stream was cut without a gap: another epoch, or flagged as such. */
  readonly cuts: number;
  /** What the server itself had not, and filled. */
  readonly concealedFrames: number;
  /** What came from a lesser source. */
  readonly fallbackFrames: number;
  /** Stream frames that came late or twice. */
  readonly lateFrames: number;
}

/**
 * Lays the frames of a stream end to end, where their sample positions say: `PROTOCOL.md`, "What order means". What is
 * missing is silence of exactly its length; there, and where the stream was cut, the old audio is faded out over its last
 * 20 ms and the new one in. All else is as it was sent, bit for bit, from the first frame on. For the fades the last 20 ms
 * are held back until more comes, or `end`. One call at a time.
 */
export class StreamTape {
  readonly #options: StreamTapeOptions;
  readonly #fadeFrames: number;
  /** What has not been written yet, and room for one stream frame. */
  readonly #held: Float32Array[];
  readonly #silence: Float32Array[];
  #heldFrames = 0;
  #epoch = -1;
  #nextSequence = 0;
  #nextPosition = 0;
  #recordedFrames = 0;
  #gaps = 0;
  #gapFrames = 0;
  #longestGapFrames = 0;
  #cuts = 0;
  #concealedFrames = 0;
  #fallbackFrames = 0;
  #lateFrames = 0;
  #levelRms = 0;

  constructor(options: StreamTapeOptions) {
    this.#options = options;
    this.#fadeFrames = Math.round((FADE_MS * options.sampleRateHz) / 1000);
    const room = this.#fadeFrames + MOST_FRAMES;
    this.#held = Array.from({ length: options.channels }, () => new Float32Array(room));
    this.#silence = Array.from({ length: options.channels }, () => new Float32Array(SILENCE_FRAMES));
  }

  /** Whether it takes no more. */
  get isFull(): boolean {
    return this.#recordedFrames >= this.#options.maxFrames;
  }

  /** The last stream frame that was laid; undefined before the first. */
  get last(): { readonly epoch: number; readonly sequence: number } | undefined {
    return this.#epoch === -1 ? undefined : { epoch: this.#epoch, sequence: this.#nextSequence - 1 };
  }

  /** RMS of the stream frame laid last. */
  get levelRms(): number {
    return this.#levelRms;
  }

  get figures(): TapeFigures {
    return {
      recordedFrames: this.#recordedFrames,
      gaps: this.#gaps,
      gapFrames: this.#gapFrames,
      longestGapFrames: this.#longestGapFrames,
      cuts: this.#cuts,
      concealedFrames: this.#concealedFrames,
      fallbackFrames: this.#fallbackFrames,
      lateFrames: this.#lateFrames,
    };
  }

  /** Lays a stream frame, or drops it when it comes late, twice, or when the tape is full. Rejects with what the sink says. */
  async lay(frame: Frame): Promise<void> {
    if (this.isFull) return;
    const isKnown = frame.epoch === this.#epoch;
    if (isKnown && (frame.sequence < this.#nextSequence || frame.samplePosition < this.#nextPosition)) {
      this.#lateFrames++;
      return;
    }
    const missing = isKnown ? frame.samplePosition - this.#nextPosition : 0;
    const isFirst = this.#epoch === -1;
    const isCut = !isFirst && (!isKnown || missing > 0 || (frame.flags & frameFlags.discontinuity) !== 0);
    if (isCut) await this.#cut(missing);
    const count = Math.min(this.#decode(frame), this.#options.maxFrames - this.#recordedFrames);
    if (isCut) fadeIn(this.#held, this.#heldFrames, Math.min(this.#fadeFrames, count));
    this.#epoch = frame.epoch;
    this.#nextSequence = frame.sequence + 1;
    this.#nextPosition = frame.samplePosition + this.#framesOf(frame);
    this.#note(frame, count);
    await this.#writeAllBut(this.#fadeFrames);
  }

  /** Writes what was held back. Nothing is faded: it is the end of the tape and not of the music. */
  async end(): Promise<void> {
    await this.#writeAllBut(0);
  }

  /** Ends what was heard before a cut, and waits in silence for what comes after it. */
  async #cut(missing: number): Promise<void> {
    const fade = Math.min(this.#fadeFrames, this.#heldFrames);
    fadeOut(this.#held, this.#heldFrames - fade, fade);
    await this.#writeAllBut(0);
    if (missing === 0) {
      this.#cuts++;
      return;
    }
    const silent = Math.min(missing, this.#options.maxFrames - this.#recordedFrames);
    this.#gaps++;
    this.#gapFrames += silent;
    this.#longestGapFrames = Math.max(this.#longestGapFrames, silent);
    this.#recordedFrames += silent;
    for (let left = silent; left > 0; left -= SILENCE_FRAMES) {
      await this.#options.sink.write(this.#silence, Math.min(left, SILENCE_FRAMES));
    }
  }

  /** Puts the audio behind what is held. Answers how many sample frames. */
  #decode(frame: Frame): number {
    return decodePcm16(frame.payload, 0, MOST_FRAMES, this.#held, this.#heldFrames);
  }

  #framesOf({ payloadBytes }: Frame): number {
    return Math.floor(payloadBytes / (this.#options.channels * PCM16_BYTES));
  }

  #note({ flags }: Frame, count: number): void {
    const from = this.#heldFrames;
    this.#heldFrames += count;
    this.#recordedFrames += count;
    this.#levelRms = rms(this.#held.map((samples) => samples.subarray(from, from + count)));
    if ((flags & frameFlags.concealed) !== 0) this.#concealedFrames += count;
    if ((flags & frameFlags.fallback) !== 0) this.#fallbackFrames += count;
  }

  async #writeAllBut(keptFrames: number): Promise<void> {
    const count = this.#heldFrames - keptFrames;
    if (count <= 0) return;
    await this.#options.sink.write(this.#held, count);
    for (const samples of this.#held) samples.copyWithin(0, count, this.#heldFrames);
    this.#heldFrames = keptFrames;
  }
}

/** Length of the fades: below 10 ms they are heard as clicks, above 50 ms as holes. The player's are as long. */
const FADE_MS = 20;

/** Of a stream frame: the payload's 64 KiB, in mono. */
const MOST_FRAMES = 32_768;

/** A gap is written in pieces of this. */
const SILENCE_FRAMES = 44_100;
