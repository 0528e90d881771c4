import { defaultParameters } from './parameters.ts';
import { type Phrase, SAMPLE_RATE_HZ } from './phrase.ts';

const frames = SAMPLE_RATE_HZ / 10;

/** A tenth of a second of middle C, which is never heard: what is rendered to see whether anything can be (seed 002). */
export const testPhrase: Phrase = Object.freeze({
  index: 0,
  seed: 0,
  frames,
  tailFrames: 0,
  parameters: defaultParameters,
  chords: [{ startFrame: 0, durationFrames: frames, midi: [60], bassMidi: 36, velocity: 1, symbol: 'i' }],
  melody: [],
  percussion: [],
});
