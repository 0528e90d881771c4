import type { Random } from '@sustain/kernel';
import { Chord, Note, Scale } from 'tonal';
import type { MusicParameters } from './parameters.ts';

/** A chord as it is sounded. */
export interface VoicedChord {
  readonly degree: number;
  readonly symbol: string;
  /** Pitch classes, 0 to 11: root, third, fifth, and a seventh or ninth. */
  readonly pitchClasses: readonly number[];
  /** The four voices that lead from chord to chord, the lowest first. */
  readonly upper: readonly number[];
  /** All eight notes of the pads, the lowest first. */
  readonly midi: readonly number[];
  readonly bassMidi: number;
}

/** The seven pitch classes of the scale, from its root. */
export function scaleOf({ key, mode }: Pick<MusicParameters, 'key' | 'mode'>): readonly number[] {
  return Scale.get(`${key} ${mode}`).notes.map((name) => Note.chroma(name) ?? 0);
}

/**
 * The chord after `previous`: the next degree by the habits of modal harmony, voiced so that its voices move as
 * little as they can.
 */
export function nextChord(
  parameters: MusicParameters,
  previous: VoicedChord | undefined,
  random: Random,
): VoicedChord {
  const scale = scaleOf(parameters);
  const degree = previous === undefined ? 0 : nextDegree(scale, previous.degree, random);
  const colour = random.next() < 0.35 ? NINTH : SEVENTH;
  const pitchClasses = [0, 2, 4, colour].map((step) => scale[(degree + step) % 7] as number);
  const upper = leadVoices(previous?.upper ?? [57, 62, 65, 69], pitchClasses);
  const [root, , fifth] = pitchClasses as [number, number, number, number];
  const low = atOrAbove(root, 40);
  const midi = [low, atOrAbove(fifth, low + 1), ...upper, ...doublings(upper)];
  const names = pitchClasses.map((chroma) => Note.pitchClass(Note.fromMidi(60 + chroma)));
  return {
    degree,
    symbol: Chord.detect(names)[0] ?? names.join('-'),
    pitchClasses,
    upper,
    midi: midi.sort((a, b) => a - b),
    bassMidi: atOrAbove(root, 31),
  };
}

const SEVENTH = 6;
const NINTH = 8;

/** How gladly a chord moves by so many degrees: fifths and thirds more than seconds, and sometimes not at all. */
const MOVES: readonly (readonly [degrees: number, weight: number])[] = [
  [0, 1],
  [1, 2],
  [2, 2],
  [3, 4],
  [4, 3],
  [5, 4],
  [6, 3],
];

/** Home is gone to more gladly the longer one is away from it; a diminished triad is passed over. */
function nextDegree(scale: readonly number[], from: number, random: Random): number {
  const weights = MOVES.map(([move, weight]) => {
    const degree = (from + move) % 7;
    if (isDiminished(scale, degree)) return 0;
    return degree === 0 ? weight * 1.5 : weight;
  });
  let pick = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = weights.findIndex((weight) => {
    pick -= weight;
    return pick < 0;
  });
  return (from + Math.max(chosen, 0)) % 7;
}

function isDiminished(scale: readonly number[], degree: number): boolean {
  const root = scale[degree] as number;
  const fifth = scale[(degree + 4) % 7] as number;
  return (fifth - root + 12) % 12 === 6;
}

/** Every way to give the four pitch classes to the four voices, each at its nearest octave; the least movement wins. */
function leadVoices(from: readonly number[], pitchClasses: readonly number[]): number[] {
  let best: number[] = [];
  let leastCost = Number.POSITIVE_INFINITY;
  for (const order of permutations(pitchClasses)) {
    const voices = order.map((chroma, i) => nearest(chroma, from[i] as number));
    const movement = voices.reduce((sum, midi, i) => sum + Math.abs(midi - (from[i] as number)), 0);
    const mean = voices.reduce((sum, midi) => sum + midi, 0) / voices.length;
    const unisons = voices.length - new Set(voices).size;
    const cost = movement + 1.5 * Math.abs(mean - UPPER_CENTRE) + 12 * unisons + 6 * outOfRange(voices);
    if (cost < leastCost) [best, leastCost] = [voices, cost];
  }
  return best.sort((a, b) => a - b);
}

const UPPER_CENTRE = 64;

function outOfRange(voices: readonly number[]): number {
  return voices.filter((midi) => midi < 53 || midi > 77).length;
}

/** The lowest of the upper voices is doubled above, the highest below: the chord is wide, and no note is new. */
function doublings(upper: readonly number[]): number[] {
  return [(upper[0] as number) + 12, (upper[3] as number) - 12];
}

function nearest(chroma: number, to: number): number {
  const above = atOrAbove(chroma, to);
  return above - to <= 6 ? above : above - 12;
}

function atOrAbove(chroma: number, midi: number): number {
  return midi + ((((chroma - midi) % 12) + 12) % 12);
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}
