import { COUNT, checkOptions, POSITIVE } from '../options/index.ts';

/** Why a recovery is refused. */
export type LoopRefusal =
  /** It was asked for by the recovery of the same fault. */
  | 'own-recovery'
  /** Recoveries that ask for recoveries, too deep. */
  | 'too-deep'
  /** The same fault, or all together, too often within the window. */
  | 'storm';

export interface LoopLimits {
  /** How deep recoveries may lead to other recoveries. A whole number, 1 or more. Default 3. */
  readonly maxDepth?: number;
  /** How often one fault of one component is recovered within the window. A whole number, 1 or more. Default 100. */
  readonly maxPerFault?: number;
  /** How often all together: also the most that the guard remembers. A whole number, 1 or more. Default 2000. */
  readonly maxTotal?: number;
  /** Above 0. Default 10,000. */
  readonly windowMs?: number;
}

export interface LoopGuard {
  /**
   * Counts a fault of a component, which is `key`. Answers 0 while all is within the limits; beyond, the how-manieth
   * it is: 1 begins a storm.
   */
  excess(key: string, nowMs: number): number;
  /** Why a recovery may not begin. `chain` are the keys of the recoveries that have led here, outermost first. */
  refuses(key: string, chain: readonly string[], nowMs: number): LoopRefusal | undefined;
}

/**
 * Keeps an error handler from handling its own failures in a loop, whichever way the loop goes: through a strategy,
 * a subscriber or a listener. O(1) a call; windows are counted one after the other, not sliding. Throws a RangeError
 * when a limit is out of range.
 */
export function loopGuard(limits: LoopLimits = {}): LoopGuard {
  const { maxDepth = 3, maxPerFault = 100, maxTotal = 2000, windowMs = 10_000 } = limits;
  checkOptions('loop guard', {
    maxDepth: [maxDepth, COUNT],
    maxPerFault: [maxPerFault, COUNT],
    maxTotal: [maxTotal, COUNT],
    windowMs: [windowMs, POSITIVE],
  });
  const counts = new Map<string, number>();
  let startMs = Number.NEGATIVE_INFINITY;
  let total = 0;

  function excess(key: string, nowMs: number): number {
    if (nowMs - startMs >= windowMs) {
      startMs = nowMs;
      total = 0;
      counts.clear();
    }
    const count = (counts.get(key) ?? 0) + 1;
    // Not counted in the total: a storm of one fault is no reason to refuse the others.
    const isFlood = count > maxPerFault;
    const beyond = isFlood ? count - maxPerFault : ++total - maxTotal;
    if (isFlood || beyond <= 0) counts.set(key, count);
    return Math.max(beyond, 0);
  }

  return {
    excess,
    refuses(key, chain, nowMs) {
      if (chain.includes(key)) return 'own-recovery';
      if (chain.length >= maxDepth) return 'too-deep';
      return excess(key, nowMs) > 0 ? 'storm' : undefined;
    },
  };
}
