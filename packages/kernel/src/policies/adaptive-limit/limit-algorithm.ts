import { COUNT, checkOptions, type NumberRange } from '../../options/index.ts';

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

/** Whole numbers, 1 or more. The limit begins at 20, or what of these is nearest. */
export interface LimitBounds {
  /** Default 20. */
  readonly minLimit?: number;
  /** Not below `minLimit`. Default 200. */
  readonly maxLimit?: number;
}

/**
 * An algorithm that keeps its limit within bounds; `ranges` are of its other options. Throws a RangeError or TypeError when
 * one is out of range.
 */
export function limitAlgorithm<State extends LimitState>(
  of: string,
  { minLimit = 20, maxLimit = 200 }: LimitBounds,
  ranges: Readonly<Record<string, readonly [value: number, range: NumberRange]>>,
  { initial, update, ...window }: LimitAlgorithm<State>,
): LimitAlgorithm<State> {
  const bounded = (state: State) => ({
    ...state,
    limit: Math.max(minLimit, Math.min(maxLimit, state.limit)),
  });
  checkOptions(of, {
    minLimit: [minLimit, COUNT],
    maxLimit: [maxLimit, { least: minLimit, whole: true }],
    ...ranges,
  });
  return Object.freeze({
    ...window,
    initial: bounded(initial),
    update: (state: State, sample: LimitSample) => bounded(update(state, sample)),
  });
}
