import { SAMPLE_RATE_HZ } from './phrase.ts';

/** How a phrase is divided. */
export interface Metre {
  readonly beats: number;
  readonly beatFrames: number;
  readonly frames: number;
}

/**
 * As many beats as fit into 3.5 s, of the numbers that make a bar: so a phrase lasts 2 to 3.5 s at any tempo, long
 * enough to outlast a restart of the synthesiser, short enough that what a listener asks for is heard soon.
 */
export function metreAt(tempoBpm: number): Metre {
  const beatSeconds = 60 / tempoBpm;
  const beats = BARS.findLast((bar) => bar * beatSeconds <= MAX_SECONDS) ?? 2;
  const beatFrames = beatSeconds * SAMPLE_RATE_HZ;
  return { beats, beatFrames, frames: Math.round(beats * beatFrames) };
}

const BARS = [2, 3, 4, 6, 8];
const MAX_SECONDS = 3.5;
