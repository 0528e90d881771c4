import type { Bed } from './bed.ts';
import { PhraseTrack } from './phrase-track.ts';

/** What is true of a stretch of audio that was read. */
export interface StretchQuality {
  /** Some of it was faded or missing: it differs from the undisturbed render. */
  readonly concealed: boolean;
  /** Some of it comes from a lesser source: a simplified phrase, the bed, or silence in place of one. */
  readonly fallback: boolean;
}

export interface TimelineOptions {
  /**
   * How much of what has arrived is held back while more is expected, in sample frames: a source that dies in
   * mid-phrase leaves this much to fade out with. Default 1323 (30 ms at 44.1 kHz).
   */
  readonly holdBackFrames?: number;
  /** What is heard where no phrase is. Default nothing. */
  readonly bed?: Bed;
}

/**
 * Phrases laid end to end on the sample clock, each with a tail that rings into the next.
 *
 * `read` always answers the samples asked for, and never clicks: where a phrase has not arrived, or was given up, the bed
 * is heard under the tail of the one before, and without a bed nothing; one that stops arriving is faded out over the
 * frames held back, one that arrives late is faded in where time has come to. Where nothing is concealed and nothing is a
 * fallback, the samples are the sum of the phrases, bit for bit, whatever happened before.
 *
 * `read` allocates nothing, and costs O(frames × phrases sounding).
 */
export class Timeline {
  readonly #holdBackFrames: number;
  readonly #bed: Bed | undefined;
  readonly #tracks: PhraseTrack[] = [];
  #positionFrame = 0;
  #endFrame = 0;
  #concealedFrames = 0;
  #fallbackFrames = 0;

  constructor({ holdBackFrames = 1323, bed }: TimelineOptions = {}) {
    if (!(Number.isInteger(holdBackFrames) && holdBackFrames >= 1)) {
      throw new RangeError(
        `holdBackFrames must be a whole number of frames, 1 or more; got ${holdBackFrames}`,
      );
    }
    this.#holdBackFrames = holdBackFrames;
    this.#bed = bed;
  }

  /** The sample frame that is read next. */
  get positionFrame(): number {
    return this.#positionFrame;
  }

  /** How much of what was read was in stretches that were concealed, in sample frames. */
  get concealedFrames(): number {
    return this.#concealedFrames;
  }

  /** How much of it was in stretches with something from a lesser source. */
  get fallbackFrames(): number {
    return this.#fallbackFrames;
  }

  /** Where the last phrase's body ends and the next phrase will begin. */
  get endFrame(): number {
    return this.#endFrame;
  }

  /** How far ahead of the position every phrase has arrived without a hole, in sample frames. */
  get bufferedFrames(): number {
    let untilFrame = this.#positionFrame;
    for (const track of this.#tracks) {
      if (track.bodyEndFrame <= untilFrame) continue;
      untilFrame = Math.max(untilFrame, Math.min(track.arrivedUntilFrame, track.bodyEndFrame));
      if (untilFrame < track.bodyEndFrame) break;
    }
    return untilFrame - this.#positionFrame;
  }

  /** Lays the next phrase. What it sounds like is appended to the track that is answered. */
  open(phrase: { readonly frames: number; readonly tailFrames: number }): PhraseTrack {
    const track = new PhraseTrack(this.#endFrame, phrase.frames, phrase.tailFrames, this.#holdBackFrames);
    this.#tracks.push(track);
    this.#endFrame += phrase.frames;
    return track;
  }

  /** Fills both channels, of equal length, with the next stretch of audio. */
  read(left: Float32Array, right: Float32Array): StretchQuality {
    left.fill(0);
    right.fill(0);
    const fromFrame = this.#positionFrame;
    const toFrame = fromFrame + left.length;
    let concealed = toFrame > this.#endFrame;
    let fallback = concealed;
    let isGivenUp = false;
    for (const track of this.#tracks) {
      if (track.startFrame >= toFrame) break;
      const intact = track.mixInto(left, right, fromFrame);
      concealed ||= !intact;
      fallback ||= track.isFallbackBetween(fromFrame, toFrame);
      isGivenUp ||= track.isGivenUpBetween(fromFrame, toFrame);
    }
    if (this.#bed?.mixInto(left, right, fromFrame, concealed || isGivenUp)) fallback = true;
    this.#positionFrame = toFrame;
    if (concealed) this.#concealedFrames += left.length;
    if (fallback) this.#fallbackFrames += left.length;
    while (this.#tracks[0] !== undefined && this.#tracks[0].endFrame <= toFrame) this.#tracks.shift();
    return concealed ? (fallback ? CONCEALED_FALLBACK : CONCEALED) : fallback ? FALLBACK : INTACT;
  }
}

const INTACT: StretchQuality = Object.freeze({ concealed: false, fallback: false });
const CONCEALED: StretchQuality = Object.freeze({ concealed: true, fallback: false });
const FALLBACK: StretchQuality = Object.freeze({ concealed: false, fallback: true });
const CONCEALED_FALLBACK: StretchQuality = Object.freeze({ concealed: true, fallback: true });
