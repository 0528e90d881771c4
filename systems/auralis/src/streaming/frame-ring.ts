/**
 * The last frames of a stream, encoded once and kept once for all who listen. Sequences begin at 0 and grow by 1;
 * nothing is allocated after construction.
 */
export class FrameRing {
  readonly #frames: (Uint8Array | undefined)[];
  #nextSequence = 0;

  /** `capacityFrames` is how many are kept, 1 or more. */
  constructor(capacityFrames: number) {
    if (!(Number.isInteger(capacityFrames) && capacityFrames >= 1)) {
      throw new RangeError(`capacityFrames must be a whole number, 1 or more; got ${capacityFrames}`);
    }
    this.#frames = new Array(capacityFrames).fill(undefined);
  }

  /** The sequence of the frame that is pushed next. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** The sequence of the oldest frame that is kept; `nextSequence` when there is none. */
  get oldestSequence(): number {
    return Math.max(0, this.#nextSequence - this.#frames.length);
  }

  push(frame: Uint8Array): void {
    this.#frames[this.#nextSequence % this.#frames.length] = frame;
    this.#nextSequence++;
  }

  /** The frame of that sequence; undefined when it is gone, or has not come yet. */
  at(sequence: number): Uint8Array | undefined {
    const kept = sequence >= this.oldestSequence && sequence < this.#nextSequence;
    return kept ? this.#frames[sequence % this.#frames.length] : undefined;
  }
}
