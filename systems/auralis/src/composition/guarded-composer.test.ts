import { type Fault, SimulatedClock, seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPhrase } from './check-phrase.ts';
import {
  type Composer,
  createComposer,
  defaultParameters,
  GuardedComposer,
  keys,
  modes,
  type Phrase,
} from './index.ts';

const anyParameters = fc.record({
  key: fc.constantFrom(...keys),
  mode: fc.constantFrom(...modes),
  tempoBpm: fc.integer({ min: 40, max: 140 }),
  intensity: fc.double({ min: 0, max: 1, noNaN: true }),
});

const WELL = { shape: undefined, chords: undefined, melody: undefined, percussion: undefined };

/** A guarded composer whose phrases, from the second on, go through `spoil`; and what it told. */
function guarded(spoil: (phrase: Phrase) => Phrase, parameters = defaultParameters) {
  const told: { code: string; phraseIndex: number; rescue: string }[] = [];
  const composer = new GuardedComposer({
    parameters,
    begin: (firstIndex, now): Composer => {
      const inner = createComposer({ seed: 5, parameters: now, firstIndex });
      return {
        get parameters() {
          return inner.parameters;
        },
        update: (changes) => inner.update(changes),
        next() {
          const phrase = inner.next();
          return phrase.index === 0 ? phrase : spoil(phrase);
        },
      };
    },
    onRescue: ({ code }: Fault, phraseIndex, rescue) => told.push({ code, phraseIndex, rescue }),
  });
  return { composer, told };
}

describe('a guarded composer', () => {
  it('gives what is composed, as long as it can be played', () => {
    fc.assert(
      fc.property(fc.nat(), anyParameters, (seed, parameters) => {
        const plain = createComposer({ seed, parameters });
        const { composer, told } = guarded((phrase) => phrase, parameters);
        for (let n = 0; n < 5; n++) {
          expect(checkPhrase(plain.next())).toEqual(WELL);
          expect(composer.next().index).toBe(n);
        }
        expect(told).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('S2-12: mends an invalid chord progression by the tonic, and keeps its melody', () => {
    const spoilt: readonly ((phrase: Phrase) => Phrase['chords'])[] = [
      () => [],
      ({ chords }) => chords.map((chord) => ({ ...chord, midi: chord.midi.map((midi) => midi + 0.5) })),
      ({ chords }) => chords.map((chord) => ({ ...chord, midi: chord.midi.map((midi) => midi + 1) })),
      ({ chords }) => chords.map((chord) => ({ ...chord, midi: chord.midi.toReversed() })),
      ({ chords }) => chords.map((chord) => ({ ...chord, bassMidi: Number.NaN })),
      ({ chords }) => chords.map((chord) => ({ ...chord, durationFrames: 1e9 })),
      () => [null as never],
    ];
    for (const chordsOf of spoilt) {
      const { composer, told } = guarded((phrase) => ({ ...phrase, chords: chordsOf(phrase) }));
      composer.next();
      const composed = createComposer({ seed: 5, parameters: defaultParameters });
      composed.next();
      const phrase = composer.next();
      expect(told).toEqual([{ code: 'PHRASE_INVALID', phraseIndex: 1, rescue: 'mended' }]);
      expect(phrase.chords[0]?.symbol).toBe('D');
      expect(checkPhrase(phrase)).toEqual(WELL);
      expect(phrase.melody).toEqual(composed.next().melody);
    }
  });

  it('leaves out notes and beats that cannot be played', () => {
    const note = { startFrame: 0, durationFrames: 100, midi: 62, velocity: 0.5, instrument: 'lead' } as const;
    const beat = { startFrame: 0, kind: 'wood', velocity: 0.5 } as const;
    const { composer } = guarded((phrase) => ({
      ...phrase,
      melody: [note, { ...note, midi: 63 }, { ...note, velocity: 2 }, { ...note, startFrame: -1 }],
      percussion: [{ ...beat, kind: 'gong' as never }, beat],
    }));
    composer.next();
    expect(composer.next()).toMatchObject({ melody: [note], percussion: [beat] });
  });

  it('varies the last good phrase where nothing can be made of one, in the key that is asked for now', () => {
    const { composer, told } = guarded((phrase) => ({ ...phrase, frames: 0 }));
    const first = composer.next();
    composer.update({ key: 'F' });
    const second = composer.next();
    expect(told).toEqual([{ code: 'PHRASE_INVALID', phraseIndex: 1, rescue: 'varied' }]);
    expect(second).toMatchObject({ index: 1, frames: first.frames, parameters: { key: 'F' } });
    expect(second.chords[0]?.midi).toEqual(first.chords[0]?.midi.map((midi) => midi + 3));
    expect(second.seed).not.toBe(first.seed);
    expect(checkPhrase(second)).toEqual(WELL);
    expect(composer.next().index).toBe(2);
    expect(composer.parameters.key).toBe('F');
  });

  it('S2-13: varies the last good phrase when composing takes too long, and begins with another composer', () => {
    const clock = new SlowClock();
    const told: string[] = [];
    let composers = 0;
    const composer = new GuardedComposer({
      parameters: defaultParameters,
      begin: (firstIndex, parameters) => {
        composers++;
        clock.lookMs = 0;
        return createComposer({ seed: 5, parameters, firstIndex, clock, limitMs: 100 });
      },
      onRescue: ({ code }) => told.push(code),
    });
    const first = composer.next();
    clock.lookMs = 40;
    const second = composer.next();
    expect([second.index, second.frames]).toEqual([1, first.frames]);
    expect([told, composers]).toEqual([['COMPOSITION_TIMED_OUT'], 2]);
    const expected = createComposer({ seed: 5, parameters: defaultParameters, firstIndex: 2 }).next();
    expect(composer.next()).toEqual(expected);
  });

  it('is not stopped by a composer that throws, not even on the first phrase', () => {
    const random = seededRandom(3);
    const told: string[] = [];
    const composer = new GuardedComposer({
      parameters: defaultParameters,
      begin: (firstIndex, parameters) => {
        const inner = createComposer({ seed: 1, parameters, firstIndex });
        return {
          parameters,
          update: () => undefined,
          next: () => {
            if (told.length === 0 || random.next() < 0.5) throw new Error('no idea');
            return inner.next();
          },
        };
      },
      onRescue: ({ code }) => told.push(code),
    });
    const phrases = Array.from({ length: 100 }, () => composer.next());
    expect(phrases.map(({ index }) => index)).toEqual(phrases.map((_, at) => at));
    expect(phrases.map(checkPhrase)).toEqual(phrases.map(() => WELL));
    expect(told.length).toBeGreaterThan(30);
    expect(new Set(told)).toEqual(new Set(['COMPOSITION_FAILED']));
  });

  it('does not fade away, however long it fails, and takes up a new mode and tempo', () => {
    const { composer } = guarded(() => {
      throw new Error('no idea');
    });
    const first = composer.next();
    for (let n = 0; n < 200; n++) {
      const phrase = composer.next();
      expect(phrase.chords[0]?.velocity).toBeCloseTo(0.9 * (first.chords[0]?.velocity ?? 0), 6);
      expect(checkPhrase(phrase)).toEqual(WELL);
    }
    composer.update({ mode: 'lydian', tempoBpm: 120 });
    const changed = composer.next();
    expect(changed.parameters).toMatchObject({ mode: 'lydian', tempoBpm: 120 });
    expect(checkPhrase(changed)).toEqual(WELL);
  });

  it('does not throw, whatever it is given as a phrase', () => {
    for (const nonsense of [undefined, {}, { frames: 1 }, [], 'la']) {
      const { composer, told } = guarded(() => nonsense as never);
      composer.next();
      expect(checkPhrase(composer.next())).toEqual(WELL);
      expect(told).toHaveLength(1);
    }
    const { composer } = guarded((phrase) => ({
      ...phrase,
      chords: [{ ...phrase.chords[0], midi: 5 } as never],
    }));
    composer.next();
    expect(checkPhrase(composer.next())).toEqual(WELL);
  });
});

/** A clock on which time passes whenever somebody looks at it. */
class SlowClock extends SimulatedClock {
  lookMs = 0;
  #aheadMs = 0;

  override monotonicMs(): number {
    this.#aheadMs += this.lookMs;
    return super.monotonicMs() + this.#aheadMs;
  }
}
