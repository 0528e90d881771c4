import type { Clock } from '@sustain/kernel';
import { type Composer, type Phrase, SAMPLE_RATE_HZ } from '../composition/index.ts';
import type { PhraseTrack } from './phrase-track.ts';
import type { Timeline } from './timeline.ts';

export interface ProducerOptions {
  readonly composer: Composer;
  readonly timeline: Timeline;
  /** Fills the track with the phrase's audio, or with what takes its place. Rejects only when `signal` aborts. */
  readonly render: (phrase: Phrase, track: PhraseTrack, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Composes and renders, keeping the phrase that sounds and one more ahead: enough to outlast a restart of the
 * synthesiser, and little enough that a change of the parameters is heard within two phrases.
 *
 * It may be run again after a run has ended, however that ended: the phrase it was at is finished first. A phrase
 * whose time has passed before it was begun is given up, so that an outage is over when its cause is.
 */
export class Producer {
  /** Resolves when the first phrase has arrived: time may begin to run. */
  readonly begun: Promise<void>;
  readonly #options: ProducerOptions;
  readonly #begin: () => void;
  #current: Laid | undefined;

  constructor(options: ProducerOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.begun = promise;
    this.#begin = resolve;
    this.#options = options;
  }

  /** Works until `signal` aborts. One run at a time. */
  async run(signal: AbortSignal): Promise<void> {
    const { timeline, render, clock } = this.#options;
    while (!signal.aborted) {
      this.#current ??= this.#lay();
      const { phrase, track } = this.#current;
      try {
        if (!this.#current.arrived) {
          if (track.bodyEndFrame <= timeline.positionFrame) track.giveUp();
          else await render(phrase, track, signal);
          this.#current.arrived = true;
          this.#begin();
        }
        for (let waitMs = this.#msUntil(track); waitMs > 0; waitMs = this.#msUntil(track)) {
          await clock.sleep(waitMs, { signal });
        }
        this.#current = undefined;
      } catch (reason) {
        if (!signal.aborted) throw reason;
      }
    }
  }

  #lay(): Laid {
    const phrase = this.#options.composer.next();
    return { phrase, track: this.#options.timeline.open(phrase), arrived: false };
  }

  /** Until the track begins to sound, if time goes on as it should. */
  #msUntil(track: PhraseTrack): number {
    return ((track.startFrame - this.#options.timeline.positionFrame) / SAMPLE_RATE_HZ) * 1000;
  }
}

interface Laid {
  readonly phrase: Phrase;
  readonly track: PhraseTrack;
  arrived: boolean;
}
