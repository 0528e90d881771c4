import { type Clock, type Pipeline, pipeline, timeout, timeoutFaults } from '@sustain/kernel';
import { type Phrase, SAMPLE_RATE_HZ } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import type { PhraseTrack } from '../streaming/index.ts';
import { checkBlock, checkLength, checkWhole } from './audio-checks.ts';
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
  /** The engine whose sound is wished for: what another one renders is flagged as fallback. Default: any. */
  readonly bestEngine?: string;
  /** Told how many seconds of music were rendered in a second, of every phrase that is whole: by the try that succeeded. */
  readonly onRendered?: (realtimeFactor: number) => void;
  /** How long one phrase may take, once there is a process. Default 3000: a hundred times what it takes. */
  readonly timeoutMs?: number;
  /** How long a process is waited for. Default 10 000. */
  readonly processTimeoutMs?: number;
}

/** Renders phrases in the synthesis process, once each, letting only valid audio pass. */
export class PhraseRenderer {
  readonly #port: SynthesisPort;
  readonly #clock: Clock;
  readonly #bestEngine: string | undefined;
  readonly #onRendered: ((realtimeFactor: number) => void) | undefined;
  readonly #waitForProcess: Pipeline;
  readonly #waitForPhrase: Pipeline;
  readonly #timeoutMs: number;
  readonly #processTimeoutMs: number;

  constructor(options: PhraseRendererOptions) {
    const { port, clock, bestEngine, onRendered, timeoutMs = 3000, processTimeoutMs = 10_000 } = options;
    this.#port = port;
    this.#clock = clock;
    this.#bestEngine = bestEngine;
    this.#onRendered = onRendered;
    this.#timeoutMs = timeoutMs;
    this.#processTimeoutMs = processTimeoutMs;
    this.#waitForProcess = pipeline({ name: 'auralis.process', clock }, timeout(processTimeoutMs));
    this.#waitForPhrase = pipeline({ name: 'auralis.phrase', clock }, timeout(timeoutMs));
  }

  /**
   * Renders the job's phrase onto its track. Rejects with a fault of Auralis (crashed, hung, failed, invalid
   * audio), when the track holds what had arrived until then, or with the reason of the job's signal. A process
   * that hangs is killed.
   */
  async render({ phrase, track, signal }: RenderJob): Promise<void> {
    const onBlock = (offset: number, left: Float32Array, right: Float32Array) => {
      checkBlock(phrase, offset, left, right);
      track.append(offset, left, right);
    };
    try {
      await this.#waitForProcess.run((attempt) => this.#port.ready(attempt.signal), { signal });
    } catch (error) {
      throw isTimeout(error) ? this.#noProcess(phrase) : error;
    }
    this.#keepApart(track);
    const startMs = this.#clock.monotonicMs();
    try {
      const render = (limits: AbortSignal) => this.#port.render(phrase, onBlock, limits);
      checkLength(phrase, await this.#waitForPhrase.run((attempt) => render(attempt.signal), { signal }));
      checkWhole(phrase, track.audio);
      const renderMs = Math.max(this.#clock.monotonicMs() - startMs, LEAST_MS);
      this.#onRendered?.(((phrase.frames / SAMPLE_RATE_HZ) * 1000) / renderMs);
    } catch (error) {
      throw isTimeout(error) ? this.#hung(phrase) : error;
    }
  }

  /** What one engine has begun another one does not go on with: they sound different. */
  #keepApart(track: PhraseTrack): void {
    const { engine } = this.#port;
    const hasBegun = track.arrivedUntilFrame > track.startFrame;
    const expected = hasBegun ? track.source : (this.#bestEngine ?? engine);
    if (engine !== expected) track.replace();
    track.source = engine;
  }

  #noProcess({ index: phraseIndex }: Phrase): Error {
    const exit = `none has come up for ${this.#processTimeoutMs} ms`;
    return auralisFaults.SYNTHESIS_CRASHED({ phraseIndex, exit });
  }

  #hung({ index: phraseIndex }: Phrase): Error {
    this.#port.kill();
    return auralisFaults.SYNTHESIS_HUNG({ phraseIndex, waitedMs: this.#timeoutMs });
  }
}

/** Simulated time may stand still. */
const LEAST_MS = 0.001;

function isTimeout(error: unknown): boolean {
  return timeoutFaults.TIMED_OUT.matches(error);
}
