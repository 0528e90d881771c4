import type { Phrase } from './phrase.ts';

/** The same phrase with less in it: the first half of the melody's notes, and no percussion. A copy. */
export function simplify(phrase: Phrase): Phrase {
  return { ...phrase, melody: phrase.melody.slice(0, Math.floor(phrase.melody.length / 2)), percussion: [] };
}
