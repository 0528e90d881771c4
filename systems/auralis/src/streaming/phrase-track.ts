import { Take } from './take.ts';

/**
 * One phrase's place on the timeline: a body, and a tail that rings into the phrases after it. What is heard there
 * is a take; when a take is replaced by a lesser one, the two are cross-faded where time has come to.
 */
export class PhraseTrack {
  readonly startFrame: number;
  readonly bodyEndFrame: number;
  /** Who has rendered what has arrived. */
  source: string | undefined;
  readonly #holdBackFrames: number;
  readonly #frames: number;
  #takes: Take[];
  #fallbackFromFrame = Number.POSITIVE_INFINITY;
  #isGivenUp = false;

  /** @internal Use Timeline.open. */
  constructor(startFrame: number, bodyFrames: number, tailFrames: number, holdBackFrames: number) {
    this.startFrame = startFrame;
    this.bodyEndFrame = startFrame + bodyFrames;
    this.#frames = bodyFrames + tailFrames;
    this.#holdBackFrames = holdBackFrames;
    this.#takes = [new Take(this.#frames, holdBackFrames)];
  }

  /** Where the tail ends. */
  get endFrame(): number {
    return this.startFrame + this.#frames;
  }

  /** Up to where the present take has arrived. */
  get arrivedUntilFrame(): number {
    return this.startFrame + this.#present.arrivedFrames;
  }

  /** The whole of the present take, body and tail; what has not arrived is silent. Not a copy. */
  get audio(): readonly [left: Float32Array, right: Float32Array] {
    return this.#present.audio;
  }

  /**
   * Adds what a source has rendered, `offset` sample frames into the phrase. Frames that have arrived before are
   * passed over, so a source may begin anew with the same phrase; a hole is a RangeError.
   */
  append(offset: number, left: Float32Array, right: Float32Array): void {
    this.#present.append(offset, left, right);
  }

  /** Begins a lesser take: a simplified phrase. What has not been heard of the present one is given up. */
  replace(): void {
    const heardNothing = this.#takes.every((take) => !take.started);
    for (const take of this.#takes) take.cut();
    const next = new Take(this.#frames, this.#holdBackFrames);
    this.#takes = heardNothing ? [next] : [...this.#takes, next];
    this.#fallbackFromFrame = this.startFrame;
  }

  /** Gives the phrase up: where it was to be the bed is heard, and without one nothing, under the tails of those before. */
  giveUp(): void {
    this.replace();
    this.#present.completeWithSilence();
    this.#isGivenUp = true;
  }

  /** @internal Adds what is heard of this phrase from `fromFrame` on. Answers whether all of it was there. */
  mixInto(left: Float32Array, right: Float32Array, fromFrame: number): boolean {
    let intact = true;
    for (const take of this.#takes) {
      const whole = take.mixInto(left, right, fromFrame - this.startFrame);
      intact &&= whole;
    }
    return intact;
  }

  /** @internal */
  isFallbackBetween(fromFrame: number, toFrame: number): boolean {
    return toFrame > this.#fallbackFromFrame && fromFrame < this.endFrame;
  }

  /** @internal Whether nothing of its body is to be heard there. */
  isGivenUpBetween(fromFrame: number, toFrame: number): boolean {
    return this.#isGivenUp && toFrame > this.startFrame && fromFrame < this.bodyEndFrame;
  }

  get #present(): Take {
    return this.#takes.at(-1) as Take;
  }
}
