import type { Random } from '@sustain/kernel';
import type { Harmony } from './harmony.ts';
import type { Scale } from './scale.ts';

/** Voices of the pad. */
export const PAD_VOICES = 8;

/**
 * Sets a harmony for eight voices within MIDI 43..79, ascending. Of all ways to choose them, the one that sounds
 * best after `previous`: voices move as little as they can, low intervals are wide, no two voices grate, the four
 * tones are all there. A little chance keeps repeated chords from being set alike.
 */
export function voice(
  harmony: Harmony,
  scale: Scale,
  previous: readonly number[] | undefined,
  random: Random,
): number[] {
  const candidates = chordNotes(harmony, scale, LOWEST, HIGHEST);
  let best: number[] = [];
  let bestCost = Number.POSITIVE_INFINITY;
  for (const voices of choose(candidates, PAD_VOICES)) {
    const cost = costOf(voices, previous, harmony, scale) + 2 * random.next();
    if (cost < bestCost) {
      best = voices;
      bestCost = cost;
    }
  }
  return best;
}

/** The chord's notes between two MIDI notes, both included, ascending. */
export function chordNotes(
  { degree, tones }: Harmony,
  scale: Scale,
  lowest: number,
  highest: number,
): number[] {
  const degrees = new Set(tones.map((tone) => (degree + tone) % 7));
  const notes: number[] = [];
  for (let step = scale.stepAtOrBelow(highest); scale.midiOf(step) >= lowest; step--) {
    if (degrees.has(((step % 7) + 7) % 7)) notes.unshift(scale.midiOf(step));
  }
  return notes;
}

const LOWEST = 43;
const HIGHEST = 79;
const CENTRE = 61;

function costOf(
  voices: readonly number[],
  previous: readonly number[] | undefined,
  { degree, tones }: Harmony,
  scale: Scale,
): number {
  let cost = 0;
  let sum = 0;
  const heard = new Set<number>();
  voices.forEach((midi, i) => {
    sum += midi;
    heard.add(midi % 12);
    if (previous !== undefined) cost += Math.abs(midi - (previous[i] ?? midi));
    const interval = midi - (voices[i - 1] ?? Number.NEGATIVE_INFINITY);
    if (interval < 2) cost += 6;
    if (midi < 57 && interval < 5) cost += 5;
  });
  cost += 8 * (tones.length - heard.size);
  const lowestDegree = (((scale.stepAtOrBelow(voices[0] ?? 0) - degree) % 7) + 7) % 7;
  if (lowestDegree !== 0 && lowestDegree !== 4) cost += 6;
  return cost + 1.5 * Math.abs(sum / voices.length - CENTRE);
}

/** All ways to take `count` of `items`, in their order. */
function* choose(items: readonly number[], count: number): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let i = 0; i <= items.length - count; i++) {
    for (const rest of choose(items.slice(i + 1), count - 1)) yield [items[i] ?? 0, ...rest];
  }
}
