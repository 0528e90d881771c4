import type { Clock, Fault } from '@sustain/kernel';
import { auralisFaults } from '../faults.ts';

const MAX_MESSAGES_PER_SECOND = 20;

/** A listener's messages a second. */
export class MessageAllowance {
  readonly #clock: Clock;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a message. Answers how many there are beyond the allowance in this second; 0 when it is within. */
  take(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + 1000;
      this.#used = 0;
    }
    this.#used++;
    return Math.max(0, this.#used - MAX_MESSAGES_PER_SECOND);
  }

  refusal(): Fault {
    const retryAfterMs = Math.ceil(this.#windowEndMs - this.#clock.monotonicMs());
    return auralisFaults.TOO_MANY_MESSAGES({ maxPerSecond: MAX_MESSAGES_PER_SECOND, retryAfterMs });
  }
}
