import { SAMPLE_RATE_HZ } from '../composition/index.ts';

/** Stereo that can be heard round and round; both channels have the same length. */
export interface BedAudio {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/**
 * What lies under the music where there is none: faded in over a tenth of a second when it is wanted, and out over a quarter
 * when it no longer is, in the step of the sample clock, so that it goes on where it was. Allocates nothing.
 */
export class Bed {
  #audio: BedAudio | undefined;
  #next: BedAudio | undefined;
  /** 0 to 1; a step a sample frame. */
  #gain = 0;

  /** Whether there is something to be heard. */
  get isReady(): boolean {
    return (this.#next ?? this.#audio) !== undefined;
  }

  /** From now on this; where the one before is heard, that fades out first. */
  change(audio: BedAudio): void {
    this.#next = audio;
  }

  /** Adds the stretch from sample frame `fromFrame` on. Answers whether any of it is heard. */
  mixInto(left: Float32Array, right: Float32Array, fromFrame: number, isWanted: boolean): boolean {
    if (this.#gain === 0) this.#take();
    const audio = this.#audio;
    const target = isWanted && this.#next === undefined ? 1 : 0;
    if (audio === undefined || (this.#gain === 0 && target === 0)) return false;
    const step = target === 1 ? RISE : -FALL;
    const loopFrames = audio.left.length;
    let gain = this.#gain;
    let at = fromFrame % loopFrames;
    for (let i = 0; i < left.length; i++) {
      gain = Math.min(1, Math.max(0, gain + step));
      left[i] = (left[i] as number) + gain * (audio.left[at] as number);
      right[i] = (right[i] as number) + gain * (audio.right[at] as number);
      at = at + 1 === loopFrames ? 0 : at + 1;
    }
    this.#gain = gain;
    return true;
  }

  #take(): void {
    if (this.#next === undefined) return;
    this.#audio = this.#next;
    this.#next = undefined;
  }
}

/** Of the gain, a sample frame. */
const RISE = 1 / (0.1 * SAMPLE_RATE_HZ);
const FALL = 1 / (0.25 * SAMPLE_RATE_HZ);
