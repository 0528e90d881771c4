/** How often connections are looked at. */
export const LOOK_EVERY_MS = 500;

/** How often a listener is pinged. */
export const PING_EVERY_MS = 5000;

/**
 * Whether the other end of a connection still reads: it is pinged every 5 s, and dead when two pings are unanswered, the
 * second for a second. Pings queue behind the audio, so that who does not read does not answer, though the system's
 * buffers go on swallowing audio for 23 s. Counts looks, not time: when it was this process that stood still, answers that
 * have arrived meanwhile are read before the next look.
 */
export class Liveness {
  readonly #graceMs: number;
  #startMs: number | undefined;
  #looks = 0;
  #pingedMs = Number.NEGATIVE_INFINITY;
  /** The looks at which the unanswered pings were sent. */
  readonly #unanswered: number[] = [];

  /** `graceMs`: how long that takes which was sent before the first ping, and is heard before it. Default 0. */
  constructor(graceMs = 0) {
    this.#graceMs = graceMs;
  }

  /** Looks; call it every `LOOK_EVERY_MS`. Answers whether to ping now, or that it is dead. */
  look(nowMs: number): 'ping' | 'dead' | undefined {
    this.#looks++;
    this.#startMs ??= nowMs;
    const second = nowMs - this.#startMs < this.#graceMs ? undefined : this.#unanswered[1];
    if (second !== undefined && this.#looks - second >= PATIENCE_LOOKS) return 'dead';
    if (nowMs - this.#pingedMs < PING_EVERY_MS - LOOK_EVERY_MS / 2) return undefined;
    this.#pingedMs = nowMs;
    this.#unanswered.push(this.#looks);
    return 'ping';
  }

  /** The oldest ping was answered. */
  answered(): void {
    this.#unanswered.shift();
  }
}

/** 1 s. */
const PATIENCE_LOOKS = 2;
