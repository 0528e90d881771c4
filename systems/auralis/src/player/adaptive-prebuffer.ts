/** How much audio is collected before playing starts. */
export interface PrebufferOptions {
  /** At the beginning. Default 600; brought within the limits. */
  readonly prebufferMs?: number;
  /** Default 300. */
  readonly minPrebufferMs?: number;
  /** Default 2000. */
  readonly maxPrebufferMs?: number;
}

/**
 * Learns how much the network needs: an underrun adds 100 ms, every 30 s played without one take 20 ms off. So a
 * listener who is caught once waits longer at once, and gets back to the live stream slowly.
 */
export class AdaptivePrebuffer {
  readonly maxMs: number;
  readonly #minMs: number;
  #targetMs: number;
  #cleanMs = 0;
  #underruns = 0;

  constructor({ prebufferMs = 600, minPrebufferMs = 300, maxPrebufferMs = 2000 }: PrebufferOptions = {}) {
    if (!(minPrebufferMs > 0 && minPrebufferMs <= maxPrebufferMs)) {
      throw new RangeError(
        `minPrebufferMs must be above 0 and at most ${maxPrebufferMs}; got ${minPrebufferMs}`,
      );
    }
    this.#minMs = minPrebufferMs;
    this.maxMs = maxPrebufferMs;
    this.#targetMs = Math.min(maxPrebufferMs, Math.max(minPrebufferMs, prebufferMs));
  }

  /** What to collect before the next start. */
  get targetMs(): number {
    return this.#targetMs;
  }

  get underruns(): number {
    return this.#underruns;
  }

  /** The audio ran out. */
  underrun(): void {
    this.#underruns++;
    this.#cleanMs = 0;
    this.#targetMs = Math.min(this.maxMs, this.#targetMs + UNDERRUN_STEP_MS);
  }

  /** `durationMs` were played. */
  played(durationMs: number): void {
    this.#cleanMs += durationMs;
    if (this.#cleanMs < CLEAN_PERIOD_MS) return;
    this.#cleanMs -= CLEAN_PERIOD_MS;
    this.#targetMs = Math.max(this.#minMs, this.#targetMs - CLEAN_STEP_MS);
  }
}

const UNDERRUN_STEP_MS = 100;
const CLEAN_STEP_MS = 20;
const CLEAN_PERIOD_MS = 30_000;
