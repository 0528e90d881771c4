import type { Phrase } from '../composition/index.ts';

/** Some sample frames of stereo audio. Both channels have the same length. */
export interface AudioBlock {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/**
 * Turns phrases into audio. Every engine is deterministic: a phrase is rendered from silence, and the samples depend
 * on nothing but the phrase, so that whoever renders it again gets the same, bit for bit.
 */
export interface SynthesisEngine {
  readonly name: string;
  readonly sampleRateHz: number;
  /**
   * Renders a phrase block by block, `frames + tailFrames` in sum, nominally within ±1, ending in exact silence. A
   * block is valid until the next is asked for. One phrase at a time: beginning another ends the one before, whose
   * iterator then throws. Throws RangeError for a phrase that cannot be played.
   */
  render(phrase: Phrase): Iterable<AudioBlock>;
}
