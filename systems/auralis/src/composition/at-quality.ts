import type { Phrase } from './phrase.ts';

/** How much of the music is made, best first: all of it, a thinner melody, chords alone, nothing but loops (seed 002). */
export const qualities = ['normal', 'high_load', 'critical', 'overload'] as const;

export type Quality = (typeof qualities)[number];

/** The phrase with as much in it as that quality has. With `overload` as with `critical`: for where there is no loop. */
export function atQuality(phrase: Phrase, quality: Quality): Phrase {
  if (quality === 'normal') return phrase;
  const { melody, parameters } = phrase;
  if (quality === 'high_load') {
    const thinner = melody.filter((_, at) => at % 2 === 0);
    return { ...phrase, melody: thinner, parameters: { ...parameters, intensity: calmer(phrase, 0.4) } };
  }
  return {
    ...phrase,
    melody: [],
    percussion: [],
    parameters: { ...parameters, intensity: calmer(phrase, 0.2) },
  };
}

/** Brightness costs, too: the intensity of the seed's levels, where the music is not calmer anyway. */
function calmer({ parameters }: Phrase, most: number): number {
  return Math.min(parameters.intensity, most);
}
