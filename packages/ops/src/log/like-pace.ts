import type { Clock, SeverityName } from '@sustain/kernel';

/** Of what so much was left out. */
export interface Alike {
  readonly source: string;
  readonly level: SeverityName;
  readonly type: string;
  /** Of the fault, where it is one. */
  readonly code: string | undefined;
}

/**
 * Admits so many of a kind in a window, and tells how many were left out when it ends. Of more kinds than it can tell
 * apart in a window, the rest of a level counts as one.
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
  admits(alike: Alike): boolean {
    const kind = this.#kindOf(alike);
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

  #kindOf(alike: Alike) {
    const { level, type, source, code } = alike;
    const key = `${level}\n${type}\n${source}\n${code}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    if (this.#kinds.size < MOST_KINDS) return this.#add(key, alike);
    return (
      this.#kinds.get(level) ?? this.#add(level, { ...alike, type: 'signals of many kinds', code: undefined })
    );
  }

  #add(key: string, alike: Alike) {
    const kind = { alike, admitted: 0, leftOut: 0 };
    this.#kinds.set(key, kind);
    return kind;
  }
}

const MOST_KINDS = 1000;
