import type { Random } from '@sustain/kernel';
import type { Harmony } from './harmony.ts';
import type { Scale } from './scale.ts';

/** Voices of the pad. */
export const PAD_VOICES = 8;

/**
 * Sets a harmony for eight voices within MIDI 43..79, ascending. Of all ways to choose them, the one that sounds
 * best after `previous`: voices move as little as they can, low intervals are wide, no two voices grate, the four
 * tones are all there. A little chance keeps repeated chords from being set alike. `check` is called now and then, and may
 * throw to end the search.
 */
export function voice(
  harmony: Harmony,
  scale: Scale,
  previous: readonly number[] | undefined,
  random: Random,
  check: () => void = () => undefined,
): number[] {
  const candidates = chordNotes(harmony, scale, LOWEST, HIGHEST);
  const voices: number[] = [];
  let best: number[] = [];
  let bestCost = Number.POSITIVE_INFINITY;
  let tried = 0;

  function setFrom(first: number, cost: number): void {
    if (cost >= bestCost) return;
    if (tried++ % BETWEEN_CHECKS === 0) check();
    if (voices.length === PAD_VOICES) {
      const total = cost + costOfChord(voices, harmony, scale) + 2 * random.next();
      if (total < bestCost) [best, bestCost] = [[...voices], total];
      return;
    }
    const last = candidates.length - (PAD_VOICES - voices.length);
    for (let i = first; i <= last; i++) {
      const midi = candidates[i] ?? 0;
      const added = costOfVoice(midi, voices.at(-1), previous?.[voices.length]);
      voices.push(midi);
      setFrom(i + 1, cost + added);
      voices.pop();
    }
  }

  setFrom(0, 0);
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

/** Chords that are tried: a fraction of a millisecond. */
const BETWEEN_CHECKS = 1000;
const LOWEST = 43;
const HIGHEST = 79;
const CENTRE = 61;

/** What it costs to set a voice: its way from where it was, and grating or muddy intervals to the one below. */
function costOfVoice(midi: number, below: number | undefined, before: number | undefined): number {
  const movement = before === undefined ? 0 : Math.abs(midi - before);
  const interval = below === undefined ? Number.POSITIVE_INFINITY : midi - below;
  const grating = interval < 2 ? 6 : 0;
  const muddy = midi < 57 && interval < 5 ? 5 : 0;
  return movement + grating + muddy;
}

/** What the chord as a whole costs: tones left out, a weak lowest note, a place too high or too low. */
function costOfChord(voices: readonly number[], { degree, tones }: Harmony, scale: Scale): number {
  const heard = new Set(voices.map((midi) => midi % 12)).size;
  const lowest = (((scale.stepAtOrBelow(voices[0] ?? 0) - degree) % 7) + 7) % 7;
  const mean = voices.reduce((sum, midi) => sum + midi, 0) / voices.length;
  return 8 * (tones.length - heard) + (lowest === 0 || lowest === 4 ? 0 : 6) + 1.5 * Math.abs(mean - CENTRE);
}
