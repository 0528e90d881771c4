import {
  type Clock,
  ErrorHandler,
  type RecoveryResult,
  type RecoveryStrategy,
  type Signals,
} from '@sustain/kernel';
import { simplify } from './composition/index.ts';
import type { RenderJob } from './synthesis/index.ts';

/** How a phrase that failed was saved: as composed, with less in it, or not. */
export type RenderOutcome = 'full' | 'simplified' | 'silence';

export interface SynthesisRecoveryOptions {
  /** Renders a job once. */
  readonly render: (job: RenderJob) => Promise<void>;
  readonly clock: Clock;
  readonly signals: Signals;
}

/**
 * What is done about a phrase that could not be rendered.
 *
 * - `restart`, when the process died or hung: its supervisor has the next one under way; the same phrase is rendered
 *   again there, and what was heard of it goes on. A phrase that fails once more is simplified.
 * - `simplify`, when the phrase failed or was rendered to invalid audio: half the melody, no percussion; two tries
 *   0.1 s apart, each simpler than the one before.
 * - When that fails too, the phrase is silent under the tails of those before it.
 */
export class SynthesisRecovery {
  readonly #handler: ErrorHandler;
  readonly #options: SynthesisRecoveryOptions;
  #job: RenderJob | undefined;

  constructor(options: SynthesisRecoveryOptions) {
    this.#options = options;
    const { clock, signals } = options;
    this.#handler = new ErrorHandler({
      strategies: [this.#strategy('restart'), this.#strategy('simplify')],
      strategyTimeoutMs: 30_000,
      clock,
      signals,
    });
  }

  /** Saves what can be saved of `job`, which failed with `error`. Rejects only with the reason of its signal. */
  async recover(error: unknown, job: RenderJob): Promise<RenderOutcome> {
    this.#job = job;
    const context = { component: COMPONENT, phraseIndex: job.phrase.index };
    const { recovered, fallbackUsed } = await this.#handler.handleError(error, context);
    job.signal.throwIfAborted();
    if (recovered) return fallbackUsed ? 'simplified' : 'full';
    job.track.silence();
    return 'silence';
  }

  /** Phrases are rendered as composed again: what was wrong is over. */
  clear(): void {
    this.#handler.clear(COMPONENT);
  }

  #strategy(name: 'restart' | 'simplify'): RecoveryStrategy {
    return {
      name,
      recover: async (_fault, _context, { signal: deadline }) => {
        if (this.#job === undefined) {
          return { success: false, fallbackUsed: false, message: 'there is no phrase to save' };
        }
        // When the handler no longer waits, the phrase is silent and the next one's turn has come.
        const job = { ...this.#job, signal: AbortSignal.any([this.#job.signal, deadline]) };
        return name === 'restart' ? this.#renderAgain(job) : this.#renderSimplified(job);
      },
    };
  }

  async #renderAgain(job: RenderJob): Promise<RecoveryResult> {
    try {
      await this.#options.render(job);
      return { success: true, fallbackUsed: false, message: 'rendered by the next process' };
    } catch (error) {
      if (job.signal.aborted) throw error;
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
        return { success: true, fallbackUsed: true, message: 'rendered with less in it' };
      } catch (error) {
        if (job.signal.aborted) throw error;
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

/** Three attempts in all. */
const SIMPLER_ATTEMPTS = 2;
const BETWEEN_ATTEMPTS_MS = 100;
