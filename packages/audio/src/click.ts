/** How far to look on both sides of a join, in sample frames. */
export interface JoinOptions {
  /** Steps that belong to the join: those at most this far from it. Default 8. */
  readonly joinFrames?: number;
  /** Steps that are its surroundings: those at most this much further. Default 882, 20 ms at 44.1 kHz. */
  readonly surroundingFrames?: number;
  /**
   * Steps below this are not heard and count as this much, on both sides: a join inside silence is judged by it.
   * Default 2 / 32767, two steps of 16-bit audio.
   */
  readonly floor?: number;
}

/** The sample steps at a join, of the channel in which the join stands out most. */
export interface JoinSteps {
  /** Largest step between neighbouring samples at the join. */
  readonly joinStep: number;
  /** Largest such step in the surroundings. */
  readonly surroundingStep: number;
  /** `joinStep / surroundingStep`, both at least the floor. Above 2 it is a click. 0 for no audio. */
  readonly ratio: number;
}

/** A join whose ratio is above this clicks. */
export const CLICK_RATIO = 2;

/**
 * Measures whether a join clicks: the largest step between neighbouring samples around `joinFrame` (the first
 * frame after the join), over the largest step in the audio around that. Music moves about as fast at a good join
 * as beside it; a cut makes one step that nothing near it makes.
 */
export function measureJoin(
  channels: readonly Float32Array[],
  joinFrame: number,
  options: JoinOptions = {},
): JoinSteps {
  const { joinFrames = 8, surroundingFrames = 882, floor = 2 / 32_767 } = options;
  let worst: JoinSteps = { joinStep: 0, surroundingStep: 0, ratio: 0 };
  for (const samples of channels) {
    const from = joinFrame - joinFrames;
    const to = joinFrame + joinFrames;
    const joinStep = largestStep(samples, from, to);
    const surroundingStep = Math.max(
      largestStep(samples, from - surroundingFrames, from - 1),
      largestStep(samples, to + 1, to + surroundingFrames),
    );
    const ratio = Math.max(joinStep, floor) / Math.max(surroundingStep, floor);
    if (ratio > worst.ratio) worst = { joinStep, surroundingStep, ratio };
  }
  return worst;
}

/** Largest step into any of the frames `from` to `to`, both included, as far as the buffer goes. */
function largestStep(samples: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = Math.max(1, from); i <= Math.min(to, samples.length - 1); i++) {
    const step = Math.abs((samples[i] as number) - (samples[i - 1] as number));
    if (step > largest) largest = step;
  }
  return largest;
}
