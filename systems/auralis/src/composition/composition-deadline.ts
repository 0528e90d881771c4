import type { Clock } from '@sustain/kernel';
import { auralisFaults } from '../faults.ts';

/** How long composing one phrase may take. Each step of it asks now and then; no step works for long without asking. */
export class CompositionDeadline {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #phraseIndex = 0;
  #endMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  begin(phraseIndex: number): void {
    this.#phraseIndex = phraseIndex;
    this.#endMs = this.#clock.monotonicMs() + this.#limitMs;
  }

  /** Throws COMPOSITION_TIMED_OUT when the time is over. */
  check(step: string): void {
    if (this.#clock.monotonicMs() < this.#endMs) return;
    const { phraseIndex, limitMs } = { phraseIndex: this.#phraseIndex, limitMs: this.#limitMs };
    throw auralisFaults.COMPOSITION_TIMED_OUT({ phraseIndex, step, limitMs });
  }
}
