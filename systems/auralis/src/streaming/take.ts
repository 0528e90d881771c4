/**
 * One source's rendering of a phrase, as far as it has arrived, behind a gate that never clicks.
 *
 * The gate's phase p runs from 0 (shut) to `holdBackFrames` (open), one step a frame, and the gain is
 * sin(π/2 · p/holdBackFrames), the equal-power fade. It closes as soon as no more than `holdBackFrames` have
 * arrived beyond the present frame, so it is shut when they run out; it opens again when more arrive.
 */
export class Take {
  readonly #frames: number;
  readonly #holdBackFrames: number;
  readonly #left: Float32Array;
  readonly #right: Float32Array;
  #arrivedFrames = 0;
  #phase = 0;
  #started = false;
  #cut = false;
  #silent = false;

  constructor(frames: number, holdBackFrames: number) {
    this.#frames = frames;
    this.#holdBackFrames = holdBackFrames;
    this.#left = new Float32Array(frames);
    this.#right = new Float32Array(frames);
  }

  get arrivedFrames(): number {
    return this.#arrivedFrames;
  }

  /** All of it; what has not arrived is silent. Not a copy. */
  get audio(): readonly [left: Float32Array, right: Float32Array] {
    return [this.#left, this.#right];
  }

  /** Whether any of its time has been read. */
  get started(): boolean {
    return this.#started;
  }

  append(offset: number, left: Float32Array, right: Float32Array): void {
    if (left.length !== right.length) {
      throw new RangeError(`both channels must have the same length; got ${left.length} and ${right.length}`);
    }
    if (!(offset >= 0 && offset <= this.#arrivedFrames && offset + left.length <= this.#frames)) {
      const got = `${left.length} frames at ${offset}`;
      throw new RangeError(
        `the next frames begin at ${this.#arrivedFrames} and end by ${this.#frames}; got ${got}`,
      );
    }
    const known = this.#arrivedFrames - offset;
    if (left.length <= known) return;
    this.#left.set(left.subarray(known), this.#arrivedFrames);
    this.#right.set(right.subarray(known), this.#arrivedFrames);
    this.#arrivedFrames = offset + left.length;
  }

  completeWithSilence(): void {
    this.#arrivedFrames = this.#frames;
    this.#silent = true;
  }

  /** Closes the gate for good. */
  cut(): void {
    this.#cut = true;
  }

  /** Adds the frames from `fromOffset` on. Answers whether every frame of it was there, with the gate open. */
  mixInto(left: Float32Array, right: Float32Array, fromOffset: number): boolean {
    const first = Math.max(0, -fromOffset);
    const end = Math.min(left.length, this.#frames - fromOffset);
    if (end <= first) return true;
    if (!this.#started) this.#start(fromOffset + first);
    if (this.#silent) return true;
    if (this.#cut && this.#phase === 0) return true;
    if (this.#isOpenUntil(fromOffset + end)) {
      for (let i = first; i < end; i++) {
        left[i] = (left[i] as number) + (this.#left[fromOffset + i] as number);
        right[i] = (right[i] as number) + (this.#right[fromOffset + i] as number);
      }
      return true;
    }
    this.#mixGated(left, right, fromOffset, first, end);
    return false;
  }

  /** A phrase that is there when its time comes begins with the gate open: it begins with silence of its own. */
  #start(offset: number): void {
    this.#started = true;
    if (offset === 0 && !this.#cut && this.#staysOpenAt(0)) this.#phase = this.#holdBackFrames;
  }

  #isOpenUntil(endOffset: number): boolean {
    return this.#phase === this.#holdBackFrames && !this.#cut && this.#staysOpenAt(endOffset - 1);
  }

  #staysOpenAt(offset: number): boolean {
    return this.#arrivedFrames === this.#frames || offset + this.#holdBackFrames < this.#arrivedFrames;
  }

  #mixGated(left: Float32Array, right: Float32Array, fromOffset: number, first: number, end: number): void {
    const quarterTurn = Math.PI / 2 / this.#holdBackFrames;
    for (let i = first; i < end; i++) {
      const offset = fromOffset + i;
      const opens = !this.#cut && this.#staysOpenAt(offset);
      this.#phase = Math.min(this.#holdBackFrames, Math.max(0, this.#phase + (opens ? 1 : -1)));
      if (this.#phase === 0) continue;
      const gain = Math.sin(this.#phase * quarterTurn);
      left[i] = (left[i] as number) + gain * (this.#left[offset] as number);
      right[i] = (right[i] as number) + gain * (this.#right[offset] as number);
    }
  }
}
