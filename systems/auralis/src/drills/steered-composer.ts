import { type Clock, SimulatedClock, systemClock } from '@sustain/kernel';
import { type Composer, type ComposerOptions, createComposer, type Phrase } from '../composition/index.ts';

/** What a composer does wrong. */
export type ComposerOrder = 'well' | 'throws' | 'thinks too long' | 'has impossible chords' | 'has no length';

/** Composers that can be told what to do wrong, each from its next phrase on. */
export class SteeredComposer {
  order: ComposerOrder = 'well';

  readonly compose = (options: ComposerOptions): Composer => {
    const composer = createComposer({ ...options, clock: this.#clock });
    const next = composer.next.bind(composer);
    composer.next = () => this.#spoilt(next());
    return composer;
  };

  /** Time passes on it with every look while a composer is to think too long. */
  readonly #clock: Clock = Object.assign(new SimulatedClock(), {
    monotonicMs: () => {
      if (this.order === 'thinks too long') this.#thoughtMs += A_LOOK_MS;
      return systemClock.monotonicMs() + this.#thoughtMs;
    },
  });
  #thoughtMs = 0;

  #spoilt(phrase: Phrase): Phrase {
    switch (this.order) {
      case 'throws':
        throw new Error('the composer has no idea');
      case 'has impossible chords':
        return {
          ...phrase,
          chords: phrase.chords.map((chord) => ({ ...chord, midi: [60.5, 300, Number.NaN] })),
        };
      case 'has no length':
        return { ...phrase, frames: 0 };
      default:
        return phrase;
    }
  }
}

const A_LOOK_MS = 200;
