/** Response times in milliseconds; all 0 when there are none. */
export interface ResponseTimes {
  readonly count: number;
  readonly averageMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** Keeps the last so many response times, and when they were. Recording is O(1); reading sorts them. */
export class LastTimes {
  readonly #times: Float64Array;
  readonly #atMs: Float64Array;
  #recorded = 0;

  constructor(size: number) {
    this.#times = new Float64Array(size);
    this.#atMs = new Float64Array(size);
  }

  record(durationMs: number, nowMs: number): void {
    const index = this.#recorded++ % this.#times.length;
    this.#times[index] = durationMs;
    this.#atMs[index] = nowMs;
  }

  /** Of those that were recorded after `sinceMs`. */
  since(sinceMs: number): ResponseTimes {
    const kept = this.#times.subarray(0, this.#recorded);
    const sorted = kept.filter((_, index) => (this.#atMs[index] as number) > sinceMs).sort();
    const count = sorted.length;
    if (count === 0) return { count, averageMs: 0, p50Ms: 0, p95Ms: 0, maxMs: 0 };
    // Nearest rank.
    const percentile = (share: number) => sorted[Math.ceil(share * count) - 1] as number;
    const averageMs = sorted.reduce((sum, each) => sum + each, 0) / count;
    return { count, averageMs, p50Ms: percentile(0.5), p95Ms: percentile(0.95), maxMs: percentile(1) };
  }
}
