import {
  type Clock,
  classify,
  ErrorHandler,
  type RecoveryResult,
  type RecoveryStrategy,
  type SignalChannel,
  type Signals,
} from '@sustain/kernel';
import { simplify } from './composition/index.ts';
import { auralisFaults } from './faults.ts';
import { type AttemptFailed, attemptFailed } from './signals.ts';
import type { Bed } from './streaming/index.ts';
import type { RenderJob } from './synthesis/index.ts';

/** How a phrase ended: as composed, with less in it, with a loop in its place, or with nothing. */
export type RenderOutcome = 'full' | 'simplified' | 'loop' | 'silence';

export interface SynthesisRecoveryOptions {
  /** Renders a job once. */
  readonly render: (job: RenderJob) => Promise<void>;
  /** What is heard where a phrase was given up. */
  readonly bed: Bed;
  /** Has the next process come up with another engine than that which is up, if there is one. */
  readonly leaveEngine: (reason: string) => void;
  readonly clock: Clock;
  readonly signals: Signals;
}

/**
 * What is done about a phrase that could not be rendered.
 *
 * - `restart`, when the process died or hung: its supervisor has the next one under way; the same phrase is rendered
 *   again there, and what was heard of it goes on. A phrase that fails once more is simplified.
 * - `next_engine`, when the engine cannot go on, as a GPU without memory: the same phrase is rendered by the next one.
 * - `simplify`, when the phrase failed or was rendered to invalid audio: half the melody, no percussion; two tries
 *   0.1 s apart, each simpler than the one before.
 * - When that fails too, a loop is heard in its place, and before there is one, silence under the tails of the phrases before.
 *
 * Every try that fails is told as `auralis.attempt.failed`, and counted.
 */
export class SynthesisRecovery {
  readonly #handler: ErrorHandler;
  readonly #options: SynthesisRecoveryOptions;
  readonly #attemptFailed: SignalChannel<AttemptFailed>;
  #job: RenderJob | undefined;
  #attempts = 0;
  #most = 0;
  #consecutiveFailures = 0;
  #totalFailures = 0;
  #totalSuccesses = 0;

  constructor(options: SynthesisRecoveryOptions) {
    this.#options = options;
    const { clock, signals } = options;
    this.#attemptFailed = signals.channel(attemptFailed);
    this.#handler = new ErrorHandler({
      strategies: [this.#strategy('next_engine'), this.#strategy('restart'), this.#strategy('simplify')],
      strategyTimeoutMs: 30_000,
      clock,
      signals,
    });
  }

  /** Tries that have failed since one succeeded. */
  get consecutiveFailures(): number {
    return this.#consecutiveFailures;
  }

  /** Tries that have failed. */
  get totalFailures(): number {
    return this.#totalFailures;
  }

  /** The share of all tries that have failed; 0 before the first. */
  get failureRate(): number {
    return this.#totalFailures / Math.max(1, this.#totalFailures + this.#totalSuccesses);
  }

  /** Saves what can be saved of `job`, which failed with `error`. Rejects only with the reason of its signal. */
  async recover(error: unknown, job: RenderJob): Promise<RenderOutcome> {
    this.#job = job;
    this.#attempts = 0;
    // One more as composed, where it is not the phrase that is to blame.
    this.#most = 1 + SIMPLER_ATTEMPTS + (classify(error).recovery === 'simplify' ? 0 : 1);
    this.#failed(error, job);
    const context = { component: COMPONENT, phraseIndex: job.phrase.index };
    const { recovered, fallbackUsed } = await this.#handler.handleError(error, context);
    job.signal.throwIfAborted();
    if (recovered) return fallbackUsed ? 'simplified' : 'full';
    job.track.giveUp();
    return this.#options.bed.isReady ? 'loop' : 'silence';
  }

  /** A phrase was rendered as composed: what was wrong is over. */
  clear(): void {
    this.#succeeded();
    this.#handler.clear(COMPONENT);
  }

  #succeeded(): void {
    this.#consecutiveFailures = 0;
    this.#totalSuccesses++;
  }

  #failed(error: unknown, { phrase }: RenderJob): void {
    this.#consecutiveFailures++;
    this.#totalFailures++;
    const { totalFailures } = this;
    const said = { phraseIndex: phrase.index, attempt: ++this.#attempts, of: this.#most, totalFailures };
    this.#attemptFailed.emit({ ...said, fault: classify(error) }, { source: COMPONENT });
  }

  #strategy(name: 'next_engine' | 'restart' | 'simplify'): RecoveryStrategy {
    return {
      name,
      recover: async (fault, _context, { signal: deadline }) => {
        if (this.#job === undefined) {
          return { success: false, fallbackUsed: false, message: 'there is no phrase to save' };
        }
        // When the handler no longer waits, the phrase is silent and the next one's turn has come.
        const job = { ...this.#job, signal: AbortSignal.any([this.#job.signal, deadline]) };
        if (name === 'simplify') return this.#renderSimplified(job);
        if (name === 'next_engine') this.#options.leaveEngine(fault.message);
        return this.#renderAgain(job);
      },
    };
  }

  async #renderAgain(job: RenderJob): Promise<RecoveryResult> {
    try {
      await this.#options.render(job);
      this.#succeeded();
      return { success: true, fallbackUsed: false, message: 'rendered by the next process' };
    } catch (error) {
      if (job.signal.aborted) throw error;
      if (auralisFaults.ENGINE_LOST.matches(error)) this.#options.leaveEngine(error.message);
      this.#failed(error, job);
      return this.#renderSimplified(job);
    }
  }

  async #renderSimplified(job: RenderJob): Promise<RecoveryResult> {
    const { render, clock } = this.#options;
    let { phrase } = job;
    let lastError: unknown;
    for (let attempt = 0; attempt < SIMPLER_ATTEMPTS; attempt++) {
      await clock.sleep(BETWEEN_ATTEMPTS_MS, { signal: job.signal });
      phrase = simplify(phrase);
      job.track.replace();
      try {
        await render({ ...job, phrase });
        this.#succeeded();
        return { success: true, fallbackUsed: true, message: 'rendered with less in it' };
      } catch (error) {
        if (job.signal.aborted) throw error;
        this.#failed(error, job);
        lastError = error;
      }
    }
    return {
      success: false,
      fallbackUsed: true,
      message: `no simpler phrase could be rendered: ${lastError}`,
    };
  }
}

const COMPONENT = 'auralis.synthesis';

/** After those as composed. */
const SIMPLER_ATTEMPTS = 2;
const BETWEEN_ATTEMPTS_MS = 100;
