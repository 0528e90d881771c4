import { seededRandom } from '@sustain/kernel';
import { nextChord, scaleOf, type VoicedChord } from './harmony.ts';
import { composeBells, composeLead, type Motif } from './melody.ts';
import { metreAt } from './metre.ts';
import { checkParameters, type MusicParameters } from './parameters.ts';
import { composePercussion } from './percussion.ts';
import { type Phrase, TAIL_FRAMES } from './phrase.ts';

/** Makes one phrase after the other. */
export interface Composer {
  /** What the next phrase will be made with. */
  readonly parameters: MusicParameters;
  /** The next phrase. */
  next(): Phrase;
  /** Changes some parameters from the next phrase on. Throws INVALID_PARAMETERS, and then changes nothing. */
  update(parameters: Partial<MusicParameters>): void;
}

/**
 * A composer whose music depends on the seed and on the sequence of its updates only. Key and mode may change at any
 * phrase: the voices lead over. Throws INVALID_PARAMETERS.
 */
export function createComposer(options: {
  readonly seed: number;
  readonly parameters: MusicParameters;
}): Composer {
  const random = seededRandom(options.seed);
  let parameters: MusicParameters = { ...options.parameters, ...checkParameters(options.parameters) };
  let index = 0;
  let chord: VoicedChord | undefined;
  let motif: Motif | undefined;

  return {
    get parameters() {
      return parameters;
    },
    update(changes) {
      parameters = { ...parameters, ...checkParameters(changes) };
    },
    next() {
      const chance = random.fork(`phrase ${index}`);
      const metre = metreAt(parameters.tempoBpm);
      const { intensity } = parameters;
      chord = nextChord(parameters, chord, chance.fork('harmony'));
      const melody = { chord, scale: scaleOf(parameters), metre, intensity, motif };
      const lead = composeLead({ ...melody, random: chance.fork('lead') });
      const bells = composeBells({ ...melody, random: chance.fork('bells') });
      motif = lead.motif;
      const { midi, bassMidi, symbol } = chord;
      return {
        index: index++,
        seed: Math.floor(chance.fork('synthesis').next() * 2 ** 32),
        frames: metre.frames,
        tailFrames: TAIL_FRAMES,
        beats: metre.beats,
        parameters,
        chords: [{ startFrame: 0, durationFrames: metre.frames, midi, bassMidi, symbol }],
        melody: [...lead.notes, ...bells].sort((a, b) => a.startFrame - b.startFrame),
        percussion: composePercussion(metre, intensity, chance.fork('percussion')),
      };
    },
  };
}
