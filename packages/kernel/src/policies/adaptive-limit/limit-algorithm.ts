/** What was seen of one call, or of the calls of a window together. */
export interface LimitSample {
  /** From the begin to the end; of a window, the mean of the calls that were not dropped. 0 when all were. */
  readonly rttMs: number;
  /** How many calls were inside when it began, itself included; of a window, the most. */
  readonly inFlight: number;
  /** The share of calls that timed out or were refused because of overload: of one call, 0 or 1. */
  readonly dropped: number;
}

/** How a limit follows from samples. For one adaptive limit, which keeps its bounds. */
export interface LimitAlgorithm {
  /** The limit from now on. It may be a fraction. */
  next(limit: number, sample: LimitSample): number;
  /** Samples of so long, and so many at least, are taken together. 0 and 1: each by itself. */
  readonly windowMs: number;
  readonly windowCalls: number;
}
