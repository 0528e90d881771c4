import { COUNT, checkOptions } from '../../options/index.ts';

/** What an algorithm knows: at least the limit, which may be a fraction. */
export interface LimitState {
  readonly limit: number;
}

/** What was seen of one call, or of the calls of a window together. */
export interface LimitSample {
  /** From the begin to the end; of a window, the mean of the calls that were not dropped. 0 when all were. */
  readonly rttMs: number;
  /** How many calls were inside when it began, itself included; of a window, the most. */
  readonly inFlight: number;
  /** The share of calls that timed out or were refused because of overload: of one call, 0 or 1. */
  readonly dropped: number;
}

/** How a limit follows from samples: a pure function and where it begins. */
export interface LimitAlgorithm<State extends LimitState = LimitState> {
  readonly initial: State;
  update(state: State, sample: LimitSample): State;
  /** Samples of so long, and so many at least, are taken together. 0 and 1: each by itself. */
  readonly windowMs: number;
  readonly windowCalls: number;
}

/** Whole numbers, 1 or more. */
export interface LimitBounds {
  /** From `minLimit` to `maxLimit`. Default 20, or what of these is nearest. */
  readonly initialLimit?: number;
  /** Default 20. */
  readonly minLimit?: number;
  /** Not below `minLimit`. Default 200. */
  readonly maxLimit?: number;
}

/** The bounds of a limit: where it begins, and what keeps it inside. Throws a RangeError or TypeError when one is out of range. */
export function boundsOf(of: string, { minLimit = 20, maxLimit = 200, initialLimit }: LimitBounds) {
  const clamp = (limit: number) => Math.max(minLimit, Math.min(maxLimit, limit));
  const limit = initialLimit ?? clamp(20);
  checkOptions(of, {
    minLimit: [minLimit, COUNT],
    maxLimit: [maxLimit, { least: minLimit, whole: true }],
    initialLimit: [limit, { least: minLimit, most: maxLimit, whole: true }],
  });
  return { limit, clamp };
}
