import { seededRandom } from '@sustain/kernel';
import { noteProblem, type PhraseProblems, percussionProblem } from './check-phrase.ts';
import { metreAt } from './metre.ts';
import type { MusicParameters } from './parameters.ts';
import { type ChordEvent, type Phrase, TAIL_FRAMES } from './phrase.ts';
import { Scale } from './scale.ts';
import { voice } from './voicing.ts';

/**
 * The phrase without what is wrong with it: its chords give way to the tonic, notes and beats that cannot be played are
 * left out. Undefined when nothing can be made of it.
 */
export function mendPhrase(phrase: Phrase, problems: PhraseProblems): Phrase | undefined {
  if (problems.shape !== undefined) return undefined;
  const { chords, melody, percussion, parameters } = phrase;
  const scale = new Scale(parameters.key, parameters.mode);
  return {
    ...phrase,
    chords: problems.chords === undefined ? chords : [tonic(phrase, scale)],
    melody:
      problems.melody === undefined
        ? melody
        : melody.filter((note) => noteProblem(note, phrase, scale) === undefined).slice(0, MOST_LEFT),
    percussion:
      problems.percussion === undefined
        ? percussion
        : percussion.filter((event) => percussionProblem(event, phrase) === undefined).slice(0, MOST_LEFT),
  };
}

/** A phrase of nothing but the home chord. */
export function homePhrase(index: number, parameters: MusicParameters): Phrase {
  const { frames } = metreAt(parameters.tempoBpm);
  const empty = {
    index,
    seed: index,
    frames,
    tailFrames: TAIL_FRAMES,
    parameters,
    chords: [],
    melody: [],
    percussion: [],
  };
  return { ...empty, chords: [tonic(empty, new Scale(parameters.key, parameters.mode))] };
}

/** The home chord, throughout the phrase. */
function tonic({ frames, seed }: Phrase, scale: Scale): ChordEvent {
  const home = { degree: 0, tones: [0, 2, 4, 6], phrases: 1 };
  const root = scale.midiOf(0) % 12;
  return {
    startFrame: 0,
    durationFrames: frames,
    midi: voice(home, scale, undefined, seededRandom(seed)),
    bassMidi: root < 4 ? root + 36 : root + 24,
    velocity: 0.75,
    symbol: scale.names[0] ?? '',
  };
}

/** Where there were far too many, nobody knows which were meant. */
const MOST_LEFT = 32;
