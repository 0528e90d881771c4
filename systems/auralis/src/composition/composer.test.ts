import { Fault } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createComposer } from './composer.ts';
import { CYCLE_PHRASES } from './harmony.ts';
import { defaultParameters, keys, type MusicParameters, modes } from './parameters.ts';
import type { NoteEvent, Phrase } from './phrase.ts';
import { Scale } from './scale.ts';
import { simplify } from './simplify.ts';

const anyParameters: fc.Arbitrary<MusicParameters> = fc.record({
  key: fc.constantFrom(...keys),
  mode: fc.constantFrom(...modes),
  tempoBpm: fc.double({ min: 40, max: 140, noNaN: true }),
  intensity: fc.double({ min: 0, max: 1, noNaN: true }),
});

function compose(seed: number, parameters: Partial<MusicParameters>, count: number): Phrase[] {
  const composer = createComposer({ seed, parameters: { ...defaultParameters, ...parameters } });
  return Array.from({ length: count }, () => composer.next());
}

function leadOf({ melody }: Phrase): NoteEvent[] {
  return melody.filter(({ instrument }) => instrument === 'lead');
}

describe('a composer', () => {
  test('makes the same music of the same seed and the same wishes, and other music of another seed', () => {
    const wished = (seed: number) => {
      const composer = createComposer({ seed, parameters: defaultParameters });
      return Array.from({ length: 20 }, (_, i) => {
        if (i === 7) composer.update({ key: 'F#', intensity: 0.9 });
        return composer.next();
      });
    };
    expect(wished(5)).toEqual(wished(5));
    expect(compose(5, {}, 20)).toEqual(compose(5, {}, 20));
    expect(compose(5, {}, 20)).not.toEqual(compose(6, {}, 20));
  });

  test('makes phrases of 2.0 to 3.5 s at any tempo, with every event inside and in order', () => {
    fc.assert(
      fc.property(fc.nat(), anyParameters, (seed, parameters) => {
        for (const { frames, tailFrames, chords, melody, percussion } of compose(seed, parameters, 6)) {
          expect(frames).toBeGreaterThanOrEqual(2 * 44_100);
          expect(frames).toBeLessThanOrEqual(3.5 * 44_100);
          expect(tailFrames).toBe(132_300);
          for (const events of [chords, melody, percussion]) {
            const starts = events.map(({ startFrame }) => startFrame);
            expect(starts).toEqual([...starts].sort((a, b) => a - b));
            expect(starts.every((start) => Number.isInteger(start) && start >= 0 && start < frames)).toBe(
              true,
            );
          }
          for (const { startFrame, durationFrames } of [...chords, ...melody]) {
            expect(durationFrames).toBeGreaterThan(0);
            expect(startFrame + durationFrames).toBeLessThanOrEqual(frames);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('keeps every note in the key, within the range of its instrument, at a velocity of 0 to 1', () => {
    fc.assert(
      fc.property(fc.nat(), anyParameters, (seed, parameters) => {
        const scale = new Scale(parameters.key, parameters.mode);
        for (const { chords, melody, percussion } of compose(seed, parameters, 6)) {
          const notes = [
            ...chords.flatMap(({ midi, bassMidi }) => [...midi, bassMidi]),
            ...melody.map((n) => n.midi),
          ];
          expect(notes.filter((midi) => !scale.contains(midi))).toEqual([]);
          for (const { midi, bassMidi } of chords) {
            expect(new Set(midi).size).toBe(8);
            expect(midi).toEqual([...midi].sort((a, b) => a - b));
            expect([
              bassMidi >= 28,
              bassMidi <= 39,
              (midi[0] ?? 0) >= 43,
              (midi[7] ?? 99) <= 79,
            ]).not.toContain(false);
          }
          for (const { midi, instrument } of melody) {
            expect(midi).toBeGreaterThanOrEqual(instrument === 'bell' ? 79 : 60);
            expect(midi).toBeLessThanOrEqual(instrument === 'bell' ? 98 : 86);
          }
          for (const { velocity } of [...chords, ...melody, ...percussion]) {
            expect(velocity > 0 && velocity <= 1).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('leads its voices: they move by less than three semitones on average', () => {
    const chords = compose(3, {}, 100).flatMap(({ chords }) => chords);
    const moves = chords
      .slice(1)
      .flatMap(({ midi }, i) => midi.map((note, v) => Math.abs(note - (chords[i]?.midi[v] ?? 0))));
    expect(moves.reduce((sum, move) => sum + move, 0) / moves.length).toBeLessThan(3);
  });

  test('moves: no chord stays for more than two phrases, and every cycle comes home to the tonic', () => {
    for (const mode of modes) {
      const symbols = compose(8, { key: 'D', mode }, 80).map(({ chords }) => chords[0]?.symbol ?? '');
      expect(symbols.some((_, i) => i >= 3 && new Set(symbols.slice(i - 3, i + 1)).size === 1)).toBe(false);
      expect(
        symbols.filter((_, i) => i % CYCLE_PHRASES === 0).every((symbol) => symbol.startsWith('D')),
      ).toBe(true);
      expect(new Set(symbols).size).toBeGreaterThan(4);
    }
  });

  test('breathes: the lead rests, and never sings more than five phrases in a row for long', () => {
    const sung = compose(11, { intensity: 0.6 }, 200).map((phrase) => leadOf(phrase).length > 0);
    const share = sung.filter(Boolean).length / sung.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.85);
  });

  test('plays more, the higher the intensity', () => {
    const events = (intensity: number) =>
      compose(9, { intensity }, 80).reduce(
        (n, { melody, percussion }) => n + melody.length + percussion.length,
        0,
      );
    expect(events(0)).toBeLessThan(events(0.5) * 0.6);
    expect(events(0.5)).toBeLessThan(events(1) * 0.8);
    expect(compose(9, { intensity: 0 }, 40).every(({ percussion }) => percussion.length === 0)).toBe(true);
  });

  test('comes back to its motifs: rhythms of the lead recur', () => {
    const rhythms = compose(4, {}, 120)
      .map((phrase) => String(leadOf(phrase).map(({ startFrame }) => startFrame)))
      .filter((rhythm) => rhythm !== '');
    expect(new Set(rhythms).size).toBeLessThan(rhythms.length * 0.75);
    expect(new Set(rhythms).size).toBeGreaterThan(8);
  });

  test('is steered from the next phrase on, and refuses what is wrong without changing anything', () => {
    const composer = createComposer({ seed: 1, parameters: defaultParameters });
    composer.next();
    composer.update({ key: 'F#', tempoBpm: 100 });
    const phrase = composer.next();
    expect(phrase.parameters).toEqual({ ...defaultParameters, key: 'F#', tempoBpm: 100 });
    expect(phrase.chords[0]?.symbol).toMatch(/^F#/);
    expect(() => composer.update({ key: 'A', tempoBpm: Number.NaN })).toThrow(Fault);
    expect(composer.parameters.key).toBe('F#');
  });
});

describe('a simplified phrase', () => {
  test('has the first half of the melody and no percussion; its original is untouched', () => {
    fc.assert(
      fc.property(fc.nat(), anyParameters, (seed, parameters) => {
        const [phrase] = compose(seed, parameters, 1) as [Phrase];
        const before = structuredClone(phrase);
        const simple = simplify(phrase);
        expect(simple).toEqual({
          ...before,
          melody: before.melody.slice(0, Math.floor(before.melody.length / 2)),
          percussion: [],
        });
        expect(simplify(simple).percussion).toEqual([]);
        expect(phrase).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});
