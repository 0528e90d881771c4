import type { Clock, Random, Timer } from '@sustain/kernel';

/**
 * @internal Calls `sweep` every minute or so from `start` on, again at once while there is more: it answers whether
 * there may be. Whatever instance sweeps first, the others find nothing.
 */
export class Sweeper {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sweep: () => Promise<boolean>;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, random: Random, sweep: () => Promise<boolean>) {
    this.#clock = clock;
    this.#random = random;
    this.#sweep = sweep;
  }

  /** Harmless when repeated. */
  start(): void {
    if (this.#timer === undefined && !this.#isClosed) this.#later();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #later(): void {
    const delayMs = EVERY_MS * (0.5 + this.#random.next());
    this.#timer = this.#clock.schedule(delayMs, () => void this.#sweepAll(), { keepAlive: false });
  }

  async #sweepAll(): Promise<void> {
    try {
      while (!this.#isClosed && (await this.#sweep()));
    } catch {
      // What was not swept is swept another time; that the server is away is told by others.
    }
    if (!this.#isClosed) this.#later();
  }
}

const EVERY_MS = 60_000;
