import type { Phrase } from './phrase.ts';

/** A copy of `phrase` with less in it, for when it could not be rendered: half the melody, no percussion. */
export function simplify(phrase: Phrase): Phrase {
  const { melody } = phrase;
  return { ...phrase, melody: melody.slice(0, Math.floor(melody.length / 2)), percussion: [] };
}
