import { Fault } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createComposer } from './composer.ts';
import { scaleOf } from './harmony.ts';
import { checkParameters, defaultParameters, keys, type MusicParameters, modes } from './parameters.ts';
import type { Phrase } from './phrase.ts';
import { simplify } from './simplify.ts';

const anyParameters: fc.Arbitrary<MusicParameters> = fc.record({
  key: fc.constantFrom(...keys),
  mode: fc.constantFrom(...modes),
  tempoBpm: fc.double({ min: 40, max: 140, noNaN: true }),
  intensity: fc.double({ min: 0, max: 1, noNaN: true }),
});

function compose(seed: number, parameters: MusicParameters, count: number): Phrase[] {
  const composer = createComposer({ seed, parameters });
  return Array.from({ length: count }, () => composer.next());
}

describe('a composer', () => {
  test('makes the same music of the same seed, and other music of another', () => {
    expect(compose(5, defaultParameters, 20)).toEqual(compose(5, defaultParameters, 20));
    expect(compose(5, defaultParameters, 20)).not.toEqual(compose(6, defaultParameters, 20));
  });

  test('makes phrases of 2 to 3.5 s, whatever the parameters, with every event inside and in order', () => {
    fc.assert(
      fc.property(fc.nat(), anyParameters, (seed, parameters) => {
        for (const phrase of compose(seed, parameters, 6)) {
          expect(phrase.frames).toBeGreaterThanOrEqual(2 * 44_100);
          expect(phrase.frames).toBeLessThanOrEqual(3.5 * 44_100 + 1);
          for (const events of [phrase.chords, phrase.melody, phrase.percussion]) {
            const starts = events.map(({ startFrame }) => startFrame);
            expect(starts).toEqual([...starts].sort((a, b) => a - b));
            expect(starts.every((start) => start >= 0 && start < phrase.frames)).toBe(true);
          }
        }
      }),
    );
  });

  test('keeps every note in the key and within the range of its instrument', () => {
    fc.assert(
      fc.property(fc.nat(), anyParameters, (seed, parameters) => {
        const scale = scaleOf(parameters);
        for (const { chords, melody } of compose(seed, parameters, 6)) {
          const notes = [
            ...chords.flatMap(({ midi, bassMidi }) => [...midi, bassMidi]),
            ...melody.map((n) => n.midi),
          ];
          expect(notes.filter((midi) => !scale.includes(midi % 12))).toEqual([]);
          expect(Math.min(...notes)).toBeGreaterThanOrEqual(31);
          expect(Math.max(...notes)).toBeLessThanOrEqual(96);
          for (const { midi } of chords) expect(midi).toHaveLength(8);
        }
      }),
    );
  });

  test('leads its voices: from chord to chord they move by three semitones at most on average', () => {
    const chords = compose(3, defaultParameters, 100).map(({ chords: [chord] }) => chord?.midi ?? []);
    const moves = chords
      .slice(1)
      .flatMap((midi, i) => midi.slice(2, 6).map((note, v) => Math.abs(note - (chords[i]?.[v + 2] ?? 0))));
    expect(moves.reduce((sum, move) => sum + move, 0) / moves.length).toBeLessThan(3);
  });

  test('plays more the higher the intensity', () => {
    const events = (intensity: number) =>
      compose(9, { ...defaultParameters, intensity }, 60).reduce(
        (n, p) => n + p.melody.length + p.percussion.length,
        0,
      );
    expect(events(0)).toBeLessThan(events(0.5) * 0.6);
    expect(events(0.5)).toBeLessThan(events(1) * 0.8);
  });

  test('comes back to its tunes: rhythms of the lead recur', () => {
    const rhythms = compose(4, defaultParameters, 80)
      .map(({ melody }) =>
        melody.filter(({ instrument }) => instrument === 'lead').map(({ startFrame }) => startFrame),
      )
      .filter((starts) => starts.length > 0)
      .map(String);
    expect(new Set(rhythms).size).toBeLessThan(rhythms.length / 2);
    expect(new Set(rhythms).size).toBeGreaterThan(4);
  });

  test('is steered from the next phrase on, and refuses what is wrong without changing anything', () => {
    const composer = createComposer({ seed: 1, parameters: defaultParameters });
    composer.next();
    composer.update({ key: 'F#', tempoBpm: 100 });
    expect(composer.next().parameters).toEqual({ ...defaultParameters, key: 'F#', tempoBpm: 100 });
    expect(() => composer.update({ key: 'A', tempoBpm: Number.NaN })).toThrow(Fault);
    expect(composer.parameters.key).toBe('F#');
  });
});

test('a simplified phrase has the first half of the melody and no percussion; its original is untouched', () => {
  const phrase = compose(2, { ...defaultParameters, intensity: 1 }, 3)[2] as Phrase;
  const before = structuredClone(phrase);
  const simple = simplify(phrase);
  expect(simple.melody).toEqual(phrase.melody.slice(0, Math.floor(phrase.melody.length / 2)));
  expect(simple.percussion).toEqual([]);
  expect(simple.chords).toEqual(phrase.chords);
  expect(phrase).toEqual(before);
});

describe('parameters', () => {
  test.each([
    ['a key that is none', { key: 'H' }, 'key'],
    ['a mode that is none', { mode: 'jazz' }, 'mode'],
    ['a tempo of NaN', { tempoBpm: Number.NaN }, 'tempoBpm'],
    ['an infinite tempo', { tempoBpm: Number.POSITIVE_INFINITY }, 'tempoBpm'],
    ['a tempo as text', { tempoBpm: '70' }, 'tempoBpm'],
    ['an intensity out of range', { intensity: 1.01 }, 'intensity'],
    ['an unknown parameter', { volume: 1 }, 'volume'],
    ['a name from the prototype', { toString: 1 }, 'toString'],
    ['nothing', undefined, 'parameters'],
    ['a list', ['C'], 'parameters'],
  ])('%s is refused, naming the field, what was got and what is allowed', (_what, value, field) => {
    try {
      checkParameters(value);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'INVALID_PARAMETERS',
        message: expect.stringMatching(/must be .*; got /),
      });
      expect((error as Fault<string, { problems: { field: string }[] }>).context.problems[0]?.field).toBe(
        field,
      );
    }
  });

  test('every problem is told at once', () => {
    expect(() => checkParameters({ key: 'H', mode: 'x' })).toThrow(/key must be .*mode must be /);
  });
});
