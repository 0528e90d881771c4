import { type Clock, type Pipeline, pipeline, timeout } from '@sustain/kernel';
import { testPhrase } from '../composition/index.ts';
import { checkBlock, checkLength, checkWhole } from './audio-checks.ts';
import type { SynthesisPort } from './synthesis-port.ts';

export interface RenderProbeOptions {
  readonly port: SynthesisPort;
  readonly clock: Clock;
}

/**
 * Whether the synthesis process renders: the last phrase shows it, or a test phrase where none has come of late. It is
 * rendered in its turn, behind the music, and nobody hears it.
 */
export class RenderProbe {
  readonly #port: SynthesisPort;
  readonly #clock: Clock;
  readonly #limit: Pipeline;
  #renderedMs = Number.NEGATIVE_INFINITY;

  constructor({ port, clock }: RenderProbeOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#limit = pipeline({ name: 'auralis.test-phrase', clock }, timeout(TIMEOUT_MS));
  }

  /** A phrase has come as it was composed. */
  rendered(): void {
    this.#renderedMs = this.#clock.monotonicMs();
  }

  /** Rejects with why nothing can be rendered: a fault of Auralis, TIMED_OUT after 0.7 s, or the reason of `signal`. */
  async look(signal: AbortSignal): Promise<void> {
    if (this.#clock.monotonicMs() - this.#renderedMs < RECENT_MS) return;
    const audio = [new Float32Array(testPhrase.frames), new Float32Array(testPhrase.frames)] as const;
    const onBlock = (offset: number, left: Float32Array, right: Float32Array) => {
      checkBlock(testPhrase, offset, left, right);
      audio[0].set(left, offset);
      audio[1].set(right, offset);
    };
    const frames = await this.#limit.run(
      (attempt) => this.#port.render(testPhrase, onBlock, attempt.signal),
      { signal },
    );
    checkLength(testPhrase, frames);
    checkWhole(testPhrase, audio);
    this.rendered();
  }
}

/** A phrase is 3.5 s long at most, so that one comes at least as often where all is well. */
const RECENT_MS = 5000;
/** Less than a health check may take. A phrase takes some 15 ms. */
const TIMEOUT_MS = 700;
