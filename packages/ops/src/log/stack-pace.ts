import type { Clock } from '@sustain/kernel';

/** Says when a stack of a kind of error is due again. Bounded: of more kinds than it can tell apart, it forgets all. */
export class StackPace {
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #lastMs = new Map<string, number>();

  constructor(everyMs: number, clock: Clock) {
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  /** Whether one is due; then it counts as written. */
  isDue(module: string, kind: string): boolean {
    if (this.#everyMs === 0) return true;
    const key = `${module}\n${kind}`;
    const nowMs = this.#clock.monotonicMs();
    const lastMs = this.#lastMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < this.#everyMs) return false;
    if (this.#lastMs.size >= MOST_KINDS) this.#lastMs.clear();
    this.#lastMs.set(key, nowMs);
    return true;
  }
}

const MOST_KINDS = 1000;
