import type { Clock, SignalChannel, Signals } from '@sustain/kernel';
import type { ServiceHealth } from '@sustain/ops/health';
import { atQuality, type MusicParameters, type Quality, SAMPLE_RATE_HZ } from './composition/index.ts';
import type { RenderOutcome, SynthesisRecovery } from './recovery.ts';
import { type PhraseRendered, phraseRendered } from './signals.ts';
import type { EngineLadder, EngineName, RenderJob } from './synthesis/index.ts';

export interface MusicRendererOptions {
  /** Renders a job once. */
  readonly render: (job: RenderJob) => Promise<void>;
  readonly recovery: SynthesisRecovery;
  /** How much of the music is to be made now. */
  readonly quality: () => Quality;
  readonly engines: EngineLadder;
  /** Told of the parameters of every phrase before it is rendered, and after it was, when there is time for something else. */
  readonly onPhrase: (parameters: MusicParameters) => void;
  readonly onRendered: (parameters: MusicParameters, signal: AbortSignal) => void;
  /** Whether there is a loop in that key and mode. */
  readonly hasLoop: (parameters: MusicParameters) => boolean;
  /** Has the process that is up make way for the next, where it has another engine. */
  readonly useEngine: (engine: EngineName) => void;
  /** Counts the phrases that end full, and those that do not. */
  readonly phrases: ServiceHealth;
  readonly clock: Clock;
  readonly signals: Signals;
}

/** Fills each phrase's place with sound: all of it, as much as there is time for, or what can be saved of it. */
export class MusicRenderer {
  readonly #options: MusicRendererOptions;
  readonly #told: SignalChannel<PhraseRendered>;
  #lesserPhrasesInARow = 0;

  constructor(options: MusicRendererOptions) {
    this.#options = options;
    this.#told = options.signals.channel(phraseRendered);
  }

  /** Phrases that failed in a row, and ended as something lesser. */
  get lesserPhrasesInARow(): number {
    return this.#lesserPhrasesInARow;
  }

  /** Rejects only with the reason of the job's signal. */
  async render(job: RenderJob): Promise<void> {
    const { quality: now, engines, clock, onPhrase, hasLoop } = this.#options;
    const { parameters } = job.phrase;
    onPhrase(parameters);
    const quality = now();
    const phraseIndex = job.phrase.index;
    if (quality === 'overload' && hasLoop(parameters)) {
      job.track.giveUp();
      this.#told.emit({ phraseIndex, outcome: 'loop', quality, renderMs: 0, realtimeFactor: 0 }, ORIGIN);
      return;
    }
    this.#options.useEngine(engines.choose());
    const phrase = atQuality(job.phrase, quality);
    if (quality !== 'normal') job.track.replace(); // flagged, as it is less than was composed
    const startMs = clock.monotonicMs();
    const outcome = await this.#rendered({ ...job, phrase });
    const renderMs = clock.monotonicMs() - startMs;
    const realtimeFactor = ((phrase.frames / SAMPLE_RATE_HZ) * 1000) / Math.max(renderMs, LEAST_MS);
    this.#count(outcome, renderMs);
    engines.rendered(outcome === 'full' || outcome === 'simplified');
    this.#told.emit({ phraseIndex, outcome, quality, renderMs, realtimeFactor }, ORIGIN);
    if (outcome === 'full') this.#options.onRendered(parameters, job.signal);
  }

  async #rendered(job: RenderJob): Promise<RenderOutcome> {
    const { render, recovery } = this.#options;
    try {
      await render(job);
      recovery.clear();
      return 'full';
    } catch (error) {
      job.signal.throwIfAborted();
      return recovery.recover(error, job);
    }
  }

  #count(outcome: RenderOutcome, renderMs: number): void {
    const isFull = outcome === 'full';
    this.#lesserPhrasesInARow = isFull ? 0 : this.#lesserPhrasesInARow + 1;
    this.#options.phrases.record(isFull ? 'success' : 'failure', renderMs);
  }
}

const ORIGIN = { source: 'auralis' } as const;
/** Simulated time may stand still. */
const LEAST_MS = 0.001;
