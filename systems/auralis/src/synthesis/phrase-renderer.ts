import { validateAudio } from '@sustain/audio';
import { type Clock, type Pipeline, pipeline, policyFaults, timeout } from '@sustain/kernel';
import type { Phrase } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import type { PhraseTrack } from '../streaming/index.ts';
import type { SynthesisPort } from './synthesis-port.ts';

/** A phrase that shall be heard, and where. */
export interface RenderJob {
  readonly phrase: Phrase;
  readonly track: PhraseTrack;
  readonly signal: AbortSignal;
}

export interface PhraseRendererOptions {
  readonly port: SynthesisPort;
  readonly clock: Clock;
  /** How long one phrase may take. Default 3000: fifty times what it takes on a slow machine. */
  readonly timeoutMs?: number;
}

/** Renders phrases in the synthesis process, once each, letting only valid audio pass. */
export class PhraseRenderer {
  readonly #port: SynthesisPort;
  readonly #bounded: Pipeline;
  readonly #timeoutMs: number;

  constructor({ port, clock, timeoutMs = 3000 }: PhraseRendererOptions) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.#bounded = pipeline({ name: 'auralis.render', clock }, timeout(timeoutMs));
  }

  /**
   * Renders the job's phrase onto its track. Rejects with a fault of Auralis (crashed, hung, failed, invalid
   * audio), when the track holds what had arrived until then, or with the reason of the job's signal. A process
   * that hangs is killed.
   */
  async render({ phrase, track, signal }: RenderJob): Promise<void> {
    const onBlock = (offset: number, left: Float32Array, right: Float32Array) => {
      checkBlock(phrase, left, right);
      track.append(offset, left, right);
    };
    try {
      const frames = await this.#bounded.run(
        (attempt) => this.#port.render(phrase, onBlock, attempt.signal),
        {
          signal,
        },
      );
      checkLength(phrase, frames);
    } catch (error) {
      throw policyFaults.TIMED_OUT.matches(error) ? this.#giveUpOn(phrase) : error;
    }
  }

  #giveUpOn({ index: phraseIndex }: Phrase): Error {
    if (this.#port.engine === undefined) {
      return auralisFaults.SYNTHESIS_CRASHED({ phraseIndex, exit: `no process for ${this.#timeoutMs} ms` });
    }
    this.#port.kill();
    return auralisFaults.SYNTHESIS_HUNG({ phraseIndex, waitedMs: this.#timeoutMs });
  }
}

/** A block is too short to judge its DC offset by: a bass note has a mean over half its period. */
const BLOCK_DC_LIMIT = 2;

function checkBlock(phrase: Phrase, left: Float32Array, right: Float32Array): void {
  const verdict = validateAudio([left, right], { expectedFrames: left.length, maxDcOffset: BLOCK_DC_LIMIT });
  if (verdict.ok) return;
  const { reason, message: detail } = verdict;
  throw auralisFaults.INVALID_AUDIO({ phraseIndex: phrase.index, reason, detail });
}

function checkLength(phrase: Phrase, frames: number): void {
  const expected = phrase.frames + phrase.tailFrames;
  if (frames === expected) return;
  const detail = `${frames} frames came, expected ${expected}`;
  throw auralisFaults.INVALID_AUDIO({ phraseIndex: phrase.index, reason: 'shape', detail });
}
