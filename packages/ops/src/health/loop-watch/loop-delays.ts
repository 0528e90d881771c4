/** How late an event loop was of late. */
export interface LoopFigures {
  /** Frames that were due while the loop was held up, over the last 10 s: a delay of 150 ms makes seven of 20 ms late. */
  readonly lateFrames: number;
  /**
   * The longest delay of the window of 10 s that runs, of the one before it, and of the one before that, in
   * milliseconds. A delay longer than a window is in each that it filled.
   */
  readonly longestDelaysMs: readonly [now: number, before: number, earlier: number];
}

const WINDOW_SECONDS = 10;

/** Counts delays in fixed memory. */
export class LoopDelays {
  readonly #frameMs: number;
  readonly #beganMs: number;
  /** Late frames by second, modulo the window, and which second each is of. */
  readonly #lateFrames = new Float64Array(WINDOW_SECONDS);
  readonly #seconds = new Float64Array(WINDOW_SECONDS).fill(Number.NEGATIVE_INFINITY);
  #window = 0;
  #longestMs: [number, number, number] = [0, 0, 0];

  constructor(frameMs: number, nowMs: number) {
    this.#frameMs = frameMs;
    this.#beganMs = nowMs;
  }

  /** The loop was late by `delayMs` until `nowMs`, which never goes back. */
  record(delayMs: number, nowMs: number): void {
    const second = this.#turnTo(nowMs);
    const index = second % WINDOW_SECONDS;
    if (this.#seconds[index] !== second) {
      this.#seconds[index] = second;
      this.#lateFrames[index] = 0;
    }
    (this.#lateFrames[index] as number) += Math.floor(delayMs / this.#frameMs);
    for (let ago = 0; ago < this.#longestMs.length; ago++) {
      if (delayMs < ago * WINDOW_SECONDS * 1000) break;
      this.#longestMs[ago] = Math.max(this.#longestMs[ago] as number, delayMs);
    }
  }

  figures(nowMs: number): LoopFigures {
    const second = this.#turnTo(nowMs);
    const isRecent = (index: number) => second - (this.#seconds[index] as number) < WINDOW_SECONDS;
    const lateFrames = this.#lateFrames.reduce((sum, late, index) => sum + (isRecent(index) ? late : 0), 0);
    return { lateFrames, longestDelaysMs: [...this.#longestMs] };
  }

  /** Answers the second, since the beginning. */
  #turnTo(nowMs: number): number {
    const second = Math.floor((nowMs - this.#beganMs) / 1000);
    const window = Math.floor(second / WINDOW_SECONDS);
    const passed = Math.min(window - this.#window, this.#longestMs.length);
    for (let each = 0; each < passed; each++) this.#longestMs = [0, this.#longestMs[0], this.#longestMs[1]];
    this.#window = window;
    return second;
  }
}
