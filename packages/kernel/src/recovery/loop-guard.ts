/** Why a recovery is refused. */
export type LoopRefusal =
  /** It was asked for by the recovery of the same fault. */
  | 'own-recovery'
  /** Recoveries that ask for recoveries, too deep. */
  | 'too-deep'
  /** The same fault, or all together, too often within the window. */
  | 'storm';

export interface LoopLimits {
  /** How deep recoveries may lead to other recoveries. Default 3. */
  readonly maxDepth: number;
  /** How often one fault of one component is recovered within the window. Default 100. */
  readonly maxPerFault: number;
  /** How often all together. Default 2000: also the most that the guard remembers. */
  readonly maxTotal: number;
  /** Default 10 000. */
  readonly windowMs: number;
}

export const defaultLoopLimits: LoopLimits = {
  maxDepth: 3,
  maxPerFault: 100,
  maxTotal: 2000,
  windowMs: 10_000,
};

/** What is beyond a limit. */
export interface Storm {
  /** The limit that is passed. */
  readonly limit: number;
  /** Whether it is the first beyond it. */
  readonly first: boolean;
}

/**
 * Keeps an error handler from handling its own failures in a loop, whichever way the loop goes: through a strategy,
 * a subscriber or a listener. O(1) a call; windows are counted one after the other, not sliding.
 */
export class LoopGuard {
  readonly limits: LoopLimits;
  readonly #counts = new Map<string, number>();
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #total = 0;

  /** Throws a RangeError when a limit is out of range. */
  constructor(limits: Partial<LoopLimits> = {}) {
    this.limits = { ...defaultLoopLimits, ...limits };
    for (const [name, value] of Object.entries(this.limits)) {
      if (!(value >= 1)) throw new RangeError(`${name} of a loop guard must be 1 or more; got ${value}`);
    }
  }

  /** Counts a fault of a component, which is `key`. Answers undefined while all is within the limits. */
  admit(key: string, nowMs: number): Storm | undefined {
    const { maxPerFault, maxTotal, windowMs } = this.limits;
    if (nowMs - this.#windowStartMs >= windowMs) {
      this.#windowStartMs = nowMs;
      this.#total = 0;
      this.#counts.clear();
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    // Not counted in the total: a storm of one fault is no reason to refuse the others.
    const flooded = count > maxPerFault;
    const beyond = flooded ? count - maxPerFault : ++this.#total - maxTotal;
    if (flooded || beyond <= 0) this.#counts.set(key, count);
    return beyond > 0 ? { limit: flooded ? maxPerFault : maxTotal, first: beyond === 1 } : undefined;
  }

  /** Whether a recovery may begin. `chain` are the keys of the recoveries that have led here, outermost first. */
  refuses(key: string, chain: readonly string[], nowMs: number): LoopRefusal | undefined {
    if (chain.includes(key)) return 'own-recovery';
    if (chain.length >= this.limits.maxDepth) return 'too-deep';
    return this.admit(key, nowMs) && 'storm';
  }
}
