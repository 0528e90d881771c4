import { SAMPLE_RATE_HZ } from './phrase.ts';

/** How time is divided in one phrase. */
export interface Metre {
  /** Length of the phrase in beats, and in sample frames. */
  readonly beats: number;
  readonly frames: number;
  /** Beats of a bar: 3 or 4. Phrases are whole bars, or half of one. */
  readonly barBeats: number;
}

/**
 * The metre of a phrase at `tempoBpm` (40..140): as many beats as make a bar-like count and last 3.5 s at most,
 * which is 2.0 s at least. Longer phrases are cheaper, for each has its tail; shorter ones would answer sooner.
 */
export function metreAt(tempoBpm: number): Metre {
  const beatS = 60 / tempoBpm;
  const beats = BEAT_COUNTS.find((count) => count * beatS <= LONGEST_S) ?? SHORTEST_COUNT;
  return { beats, frames: Math.round(beats * beatS * SAMPLE_RATE_HZ), barBeats: beats % 3 === 0 ? 3 : 4 };
}

const SHORTEST_COUNT = 2;
const BEAT_COUNTS = [8, 6, 4, 3, SHORTEST_COUNT];
const LONGEST_S = 3.5;
