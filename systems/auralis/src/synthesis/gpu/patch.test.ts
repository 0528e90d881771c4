import { describe, expect, test } from 'vitest';
import { createComposer, defaultParameters, type Phrase, testPhrase } from '../../composition/index.ts';
import { type Kind, kinds, type Patch, patchOf } from './patch.ts';

function phrases(count: number): Phrase[] {
  const composer = createComposer({ seed: 4, parameters: { ...defaultParameters, intensity: 1 } });
  return Array.from({ length: count }, () => composer.next());
}

/** The most notes of a kind that sound at once. */
function mostAtOnce(patch: Patch, kind: Kind): number {
  const notes = patch[kind];
  return Math.max(
    ...notes.map(
      ({ values: { start } }) =>
        notes.filter((other) => other.values.start <= start && other.freeFrame > start).length,
    ),
  );
}

// What it sounds like is compared with the CPU engine in gpu-engine.live.test.ts.
describe('a patch', () => {
  test('is the same for the same phrase, and another for another seed', () => {
    const [phrase] = phrases(1) as [Phrase];
    expect(patchOf(structuredClone(phrase))).toEqual(patchOf(phrase));
    expect(patchOf({ ...phrase, seed: phrase.seed + 1 })).not.toEqual(patchOf(phrase));
  });

  test('starts every note at the beginning of a chunk, before it is heard', () => {
    for (const patch of phrases(8).map(patchOf)) {
      for (const { firstFrame, freeFrame, values } of kinds.flatMap((kind) => [...patch[kind]])) {
        expect(firstFrame % 128).toBe(0);
        expect(firstFrame).toBeLessThanOrEqual(values.start);
        expect(freeFrame).toBeGreaterThan(values.end);
      }
    }
  });

  test('has at most as many notes at once as there are voices', () => {
    const percussion = Array.from({ length: 300 }, (_, i) => {
      return { startFrame: i * 300, kind: i % 2 === 0 ? 'shaker' : 'wood', velocity: 1 } as const;
    });
    const patch = patchOf({ ...(phrases(1)[0] as Phrase), percussion });
    expect(kinds.map((kind) => mostAtOnce(patch, kind))).toEqual([8, 8, 4]);
  });

  test('keeps the echo within what its lines hold, at every tempo', () => {
    for (const tempoBpm of [0.001, 1, 40, 62.4, 140, 20_000]) {
      const patch = patchOf({ ...testPhrase, parameters: { ...defaultParameters, tempoBpm } });
      expect(patch.echoDelayFrames).toBeGreaterThan(128);
      expect(patch.echoDelayFrames).toBeLessThanOrEqual(31_752);
    }
  });

  test.each([0, -1, Number.NaN])('refuses a tempo of %d', (tempoBpm) => {
    const phrase = { ...testPhrase, parameters: { ...defaultParameters, tempoBpm } };
    expect(() => patchOf(phrase)).toThrow(/beats a minute/);
  });
});
