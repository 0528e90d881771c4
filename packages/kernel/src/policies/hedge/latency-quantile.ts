/** An estimate of a quantile of latencies, that follows them when they change. */
export interface LatencyQuantile {
  /** Counts a latency: 0 or more. One that is not over yet may be counted when it is above the estimate. */
  record(latencyMs: number): void;
  /** Undefined until 100 latencies were counted. */
  estimateMs(): number | undefined;
}

/**
 * The quantile `q` of latencies, in one number: each latency above the estimate raises it, each other one lowers it, so
 * that it rests where the part `q` of them is not above it. Steps are a tenth at most, in proportion to the estimate.
 * Whatever the latencies, and however they change, the part above the estimate of its time tends to `1 - q`, because all
 * steps up and down add up to nothing.
 *
 * Yazidi and Hammer, Multiplicative Update Methods for Incremental Quantile Estimation, IEEE Transactions on
 * Cybernetics 49 (2019), with exponential steps.
 */
export function latencyQuantile(q: number): LatencyQuantile {
  let count = 0;
  let estimateMs = 0;
  return {
    record(latencyMs) {
      count++;
      estimateMs = estimateMs ? estimateMs * 1.1 ** (latencyMs > estimateMs ? q : q - 1) : latencyMs;
    },
    estimateMs: () => (count < 100 ? undefined : estimateMs),
  };
}
