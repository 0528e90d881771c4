import type { Clock, SeverityName } from '@sustain/kernel';

/** Of what so much was left out. */
export interface Alike {
  readonly source: string;
  readonly level: SeverityName;
  readonly what: string;
}

/**
 * Admits so many of a kind in a window, and tells how many were left out when it ends. Of more kinds than it can tell
 * apart in a window, the rest counts as one.
 */
export class LikePace {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #tell: (alike: Alike, leftOut: number) => void;
  readonly #kinds = new Map<string, { readonly alike: Alike; admitted: number; leftOut: number }>();
  #timer: { cancel(): void } | undefined;

  constructor(most: number, windowMs: number, clock: Clock, tell: (alike: Alike, leftOut: number) => void) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** The window begins with the first of any kind. */
  admits(key: string, alike: Alike): boolean {
    const known = this.#kinds.has(key) || this.#kinds.size < MOST_KINDS;
    const kind = this.#kinds.get(known ? key : '') ?? {
      alike: known ? alike : { ...alike, what: 'signals of many kinds' },
      admitted: 0,
      leftOut: 0,
    };
    this.#kinds.set(known ? key : '', kind);
    this.#timer ??= this.#clock.schedule(this.#windowMs, () => this.end(), { keepAlive: false });
    if (kind.admitted < this.#most) {
      kind.admitted++;
      return true;
    }
    kind.leftOut++;
    return false;
  }

  /** Ends the window now. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const ended = [...this.#kinds.values()];
    this.#kinds.clear();
    for (const { alike, leftOut } of ended) if (leftOut > 0) this.#tell(alike, leftOut);
  }
}

const MOST_KINDS = 1000;
