import { classify, type Fault } from '@sustain/kernel';
import { auralisFaults } from '../faults.ts';
import { checkPhrase } from './check-phrase.ts';
import type { Composer } from './composer.ts';
import { homePhrase, mendPhrase } from './mend-phrase.ts';
import type { MusicParameters } from './parameters.ts';
import type { Phrase } from './phrase.ts';
import { varyPhrase } from './vary-phrase.ts';

/** What was done about a phrase that was not composed as it should be: mended, or the last good one varied. */
export type CompositionRescue = 'mended' | 'varied';

export interface GuardedComposerOptions {
  /** A composer whose first phrase is of this index, in the same style. */
  readonly begin: (firstIndex: number, parameters: MusicParameters) => Composer;
  readonly parameters: MusicParameters;
  /** Told of every phrase that was not as it should be. Must not throw. */
  readonly onRescue: (fault: Fault, phraseIndex: number, rescue: CompositionRescue) => void;
}

/**
 * A composer that always has a phrase. One with something wrong in it is mended; where nothing can be made of it, or
 * composing took too long or threw, the last good phrase is heard again, varied, and another composer begins with the
 * next, as the one before may be in any state. `next` does not throw: where there is no good phrase in the mode and tempo of
 * now, the home chord is heard.
 */
export class GuardedComposer implements Composer {
  readonly #options: GuardedComposerOptions;
  #composer: Composer;
  #index = 0;
  #lastGood: Phrase | undefined;

  constructor(options: GuardedComposerOptions) {
    this.#options = options;
    this.#composer = options.begin(0, options.parameters);
  }

  get parameters(): MusicParameters {
    return this.#composer.parameters;
  }

  update(parameters: Partial<MusicParameters>): void {
    this.#composer.update(parameters);
  }

  next(): Phrase {
    try {
      return this.#compose();
    } catch (error) {
      return this.#vary(this.#failed(error));
    } finally {
      this.#index++;
    }
  }

  #compose(): Phrase {
    const phrase = this.#composer.next();
    const problems = checkPhrase(phrase);
    const problem = Object.entries(problems).find(([, words]) => words !== undefined);
    if (problem === undefined) {
      this.#lastGood = phrase;
      return phrase;
    }
    const [part, reason = ''] = problem;
    const fault = auralisFaults.PHRASE_INVALID({ phraseIndex: this.#index, part, reason });
    const mended = mendPhrase(phrase, problems);
    if (mended === undefined) return this.#vary(fault);
    this.#options.onRescue(fault, this.#index, 'mended');
    return { ...mended, index: this.#index };
  }

  #failed(error: unknown): Fault {
    if (auralisFaults.COMPOSITION_TIMED_OUT.matches(error)) return error;
    const reason = classify(error).message;
    return auralisFaults.COMPOSITION_FAILED({ phraseIndex: this.#index, reason }, { cause: error });
  }

  #vary(fault: Fault): Phrase {
    const { parameters } = this.#composer;
    this.#begin(parameters);
    this.#options.onRescue(fault, this.#index, 'varied');
    const last = this.#lastGood;
    const isAlike =
      last?.parameters.mode === parameters.mode && last.parameters.tempoBpm === parameters.tempoBpm;
    return isAlike ? varyPhrase(last, this.#index, parameters.key) : homePhrase(this.#index, parameters);
  }

  #begin(parameters: MusicParameters): void {
    try {
      this.#composer = this.#options.begin(this.#index + 1, parameters);
    } catch {
      // Then the one that there is goes on trying, and is told of each time.
    }
  }
}
