import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkPhrase } from './check-phrase.ts';
import { atQuality, createComposer, defaultParameters, type Phrase, qualities } from './index.ts';

function phrases(seed: number, intensity: number): Phrase[] {
  const composer = createComposer({ seed, parameters: { ...defaultParameters, intensity } });
  return Array.from({ length: 5 }, () => composer.next());
}

it('S2-47 to S2-50, S2-54: the lower the quality, the less is in a phrase, and every one can be played', () => {
  const property = fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, intensity) => {
    for (const phrase of phrases(seed, intensity)) {
      const [normal, high, critical, overload] = qualities.map((quality) => atQuality(phrase, quality)) as [
        ...[Phrase, Phrase, Phrase, Phrase],
      ];
      expect(normal).toBe(phrase);
      expect(high.melody).toEqual(phrase.melody.filter((_, at) => at % 2 === 0));
      expect([high.chords, high.percussion]).toEqual([phrase.chords, phrase.percussion]);
      expect([critical.melody, critical.percussion, critical.chords]).toEqual([[], [], phrase.chords]);
      expect(overload).toEqual(critical);
      expect([high, critical].map(({ parameters }) => parameters.intensity)).toEqual([
        Math.min(0.4, intensity),
        Math.min(0.2, intensity),
      ]);
      for (const each of [high, critical])
        expect(Object.values(checkPhrase(each)).every((problem) => problem === undefined)).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 40 });
});
