import type { Random } from '@sustain/kernel';
import { Chord as Chords } from 'tonal';
import { chance, pickWeighted } from './chance.ts';
import type { Mode } from './parameters.ts';
import type { Scale } from './scale.ts';

/** A chord of the scale. Degrees count from the tonic, 0..6; tones are degrees above the root: 0, 2, 4 and one more. */
export interface Harmony {
  readonly degree: number;
  readonly tones: readonly number[];
  /** How many phrases it has lasted, this one included. */
  readonly phrases: number;
}

/**
 * The harmony after `previous`. Chords follow a grammar of each mode's own: which of its chords show its colour,
 * and how the roots may move. A harmony lasts one phrase or two, the longer the calmer it is; every cycle of eight
 * phrases comes home to the tonic.
 */
export function nextHarmony(
  previous: Harmony | undefined,
  { mode, intensity, phraseInCycle, random }: HarmonyContext,
): Harmony {
  if (previous === undefined || phraseInCycle === 0) return colour(0, random, mode);
  const mayStay = previous.phrases === 1 && phraseInCycle !== CYCLE_PHRASES - 1;
  if (mayStay && chance(random, 0.75 - 0.45 * intensity)) return { ...previous, phrases: 2 };
  const degree = pickWeighted(random, Object.entries(GRAMMAR[mode]), ([name, weight]) => {
    const motion = (Number(name) - previous.degree + 7) % 7;
    return weight * (ROOT_MOTION[motion] ?? 0);
  });
  return colour(Number(degree[0]), random, mode);
}

export interface HarmonyContext {
  readonly mode: Mode;
  readonly intensity: number;
  /** Where in the cycle of CYCLE_PHRASES phrases this one is. */
  readonly phraseInCycle: number;
  readonly random: Random;
}

/** The music breathes, and comes home, in this many phrases. */
export const CYCLE_PHRASES = 8;

/** The chord as musicians write it. */
export function symbolOf({ degree, tones }: Harmony, scale: Scale): string {
  const names = tones.map((tone) => scale.names[(degree + tone) % 7] ?? '');
  return Chords.detect(names).find((symbol) => symbol.startsWith(names[0] ?? '')) ?? names.join(' ');
}

/** Weights of the chords of each mode, by degree. Left out: the diminished one, and what would leave the mode. */
const GRAMMAR: Readonly<Record<Mode, Readonly<Record<number, number>>>> = {
  ionian: { 0: 3, 1: 1.5, 2: 1, 3: 3, 4: 1.2, 5: 2.5 },
  dorian: { 0: 3, 1: 1, 2: 1.5, 3: 3, 4: 1.5, 6: 2 },
  phrygian: { 0: 3, 1: 3, 2: 1.5, 3: 1, 5: 1.5, 6: 2 },
  lydian: { 0: 3, 1: 3, 2: 1.5, 4: 1.5, 5: 1.2, 6: 1.5 },
  mixolydian: { 0: 3, 1: 1, 3: 2, 4: 1.5, 5: 1.2, 6: 3 },
  aeolian: { 0: 3, 2: 2, 3: 2, 4: 1, 5: 3, 6: 2 },
};

/** Weights of a root's move, by degrees upwards. Fourths and thirds are calm; staying is no move. */
const ROOT_MOTION = [0, 0.8, 1, 1.3, 1.3, 1.2, 0.8];

/** Adds the fourth tone: a seventh or a ninth, whichever does not grate against the root. */
function colour(degree: number, random: Random, mode: Mode): Harmony {
  const ninthGrates = GRATING_NINTHS[mode].includes(degree);
  const extra = ninthGrates || chance(random, 0.45) ? 6 : 8;
  return { degree, tones: [0, 2, 4, extra], phrases: 1 };
}

/** Degrees of each mode with a minor second above them. */
const GRATING_NINTHS: Readonly<Record<Mode, readonly number[]>> = {
  ionian: [2, 6],
  dorian: [1, 5],
  phrygian: [0, 4],
  lydian: [3, 6],
  mixolydian: [2, 5],
  aeolian: [1, 4],
};
