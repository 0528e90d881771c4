/** An estimate of a quantile of latencies, that follows them when they change. */
export interface LatencyQuantile {
  /** Counts a latency: 0 or more. */
  record(latencyMs: number): void;
  /** At most a tenth above the true one. Undefined until enough latencies were counted. */
  estimateMs(): number | undefined;
}

/**
 * The quantile `q` of the last 1000 latencies and more, in 1.5 KB whatever their number.
 *
 * Latencies are counted in buckets that grow by a tenth each, from 0.1 ms to 2 hours, as in DDSketch (Masson, Rim, Lee,
 * VLDB 2019), which bounds the error relative to the value. With 2000 counted, all counts are halved, so that what was
 * counted before weighs less and less.
 */
export function latencyQuantile(q: number, minSamples: number): LatencyQuantile {
  const counts = new Float64Array(192);
  let total = 0;
  return {
    record(latencyMs) {
      const bucket = Math.ceil(Math.log(latencyMs) / Math.log(GROWTH)) - FIRST;
      const index = Math.min(Math.max(bucket, 0), counts.length - 1);
      counts[index] = (counts[index] as number) + 1;
      if (++total < 2 * MAX_MIN_SAMPLES) return;
      total /= 2;
      for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) / 2;
    },
    estimateMs() {
      if (total < minSamples) return undefined;
      let bucket = counts.length - 1;
      for (let above = total * (1 - q); bucket > 0; bucket--) {
        above -= counts[bucket] as number;
        if (above < 0) break;
      }
      return GROWTH ** (bucket + FIRST);
    },
  };
}

/** So many latencies are always remembered, once they were counted. */
export const MAX_MIN_SAMPLES = 1000;

const GROWTH = 1.1;
/** The first bucket ends at 0.1 ms. */
const FIRST = -24;
