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

export const defaultLoopLimits: LoopLimits = Object.freeze({
  maxDepth: 3,
  maxPerFault: 100,
  maxTotal: 2000,
  windowMs: 10_000,
});

export interface Admission {
  readonly refusal?: LoopRefusal;
  /** Whether to speak of it. In a storm nobody does, since a listener that reports errors of its own is a loop, too. */
  readonly audible: boolean;
  /** Set to the limit, when it is the first beyond it. */
  readonly stormOver?: number;
}

/**
 * Keeps an error handler from handling its own failures in a loop, whichever way the loop goes: through a strategy,
 * a subscriber or a listener. O(1) a call; windows are counted one after the other, not sliding.
 */
export class LoopGuard {
  readonly #limits: LoopLimits;
  readonly #counts = new Map<string, number>();
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #total = 0;

  /** Throws a RangeError when a limit is out of range. */
  constructor(limits: Partial<LoopLimits> = {}) {
    this.#limits = { ...defaultLoopLimits, ...limits };
    for (const [name, value] of Object.entries(this.#limits)) {
      if (!(value >= 1)) throw new RangeError(`${name} of a loop guard must be 1 or more; got ${value}`);
    }
  }

  get limits(): LoopLimits {
    return this.#limits;
  }

  /**
   * Counts a fault, and says whether it may be recovered. `key` is the fault and its component, `chain` the keys of
   * the recoveries that have led here, outermost first.
   */
  admit(key: string, chain: readonly string[], nowMs: number): Admission {
    const { maxDepth, maxPerFault, maxTotal, windowMs } = this.#limits;
    if (nowMs - this.#windowStartMs >= windowMs) this.#newWindow(nowMs);
    const known = this.#counts.get(key) ?? 0;
    if (known >= maxPerFault) {
      // Not counted in the total: a storm of one fault is no reason to refuse the others.
      this.#counts.set(key, known + 1);
      return { refusal: 'storm', audible: false, ...(known === maxPerFault && { stormOver: maxPerFault }) };
    }
    this.#total++;
    if (this.#total > maxTotal) {
      return {
        refusal: 'storm',
        audible: false,
        ...(this.#total === maxTotal + 1 && { stormOver: maxTotal }),
      };
    }
    this.#counts.set(key, known + 1);
    if (chain.includes(key)) return { refusal: 'own-recovery', audible: true };
    if (chain.length >= maxDepth) return { refusal: 'too-deep', audible: true };
    return { audible: true };
  }

  #newWindow(nowMs: number): void {
    this.#windowStartMs = nowMs;
    this.#total = 0;
    this.#counts.clear();
  }
}
