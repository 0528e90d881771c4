import type { Key } from './parameters.ts';
import { keys } from './parameters.ts';
import type { Phrase } from './phrase.ts';

/**
 * Another phrase made of one that was good, for when none could be composed: in the key that is asked for now, softer, with
 * every other note of its melody, and other chance in its sound. `index`: which phrase it is to be.
 */
export function varyPhrase(last: Phrase, index: number, key: Key): Phrase {
  const up = nearestMove(keys.indexOf(key) - keys.indexOf(last.parameters.key));
  return {
    ...last,
    index,
    seed: (last.seed + GOLDEN * (index - last.index)) >>> 0,
    parameters: { ...last.parameters, key },
    chords: last.chords.map((chord) => ({
      ...chord,
      midi: chord.midi.map((midi) => midi + up),
      bassMidi: chord.bassMidi + up,
      velocity: chord.velocity * SOFTER,
      symbol: up === 0 ? chord.symbol : key,
    })),
    melody: last.melody
      .filter((_, at) => at % 2 === index % 2)
      .map((note) => ({ ...note, midi: note.midi + up, velocity: note.velocity * SOFTER })),
  };
}

/** Semitones, -5 to 6. */
function nearestMove(semitones: number): number {
  const up = (semitones + 12) % 12;
  return up > 6 ? up - 12 : up;
}

/** 2^32 divided by the golden ratio, and made odd: neighbours are far from each other (Knuth, The Art of Computer Programming 6.4). */
const GOLDEN = 0x9e3779b1;
const SOFTER = 0.9;
