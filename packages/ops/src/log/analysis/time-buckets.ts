/**
 * How often something happened over a time of unknown length, in constant memory: 64 buckets of equal width, which
 * doubles whenever they do not reach. All buckets of one origin have edges in common.
 */
export class TimeBuckets {
  readonly #originMs: number;
  #widthMs = 1000;
  #counts = new Float64Array(BUCKETS);

  /** `originMs` is the beginning of the first; what is earlier counts as then. */
  constructor(originMs: number) {
    this.#originMs = originMs;
  }

  add(timeMs: number, count = 1): void {
    this.#reach(timeMs);
    const index = Math.max(0, Math.floor((timeMs - this.#originMs) / this.#widthMs));
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }

  /** The edge that is nearest to the middle between the origin and `endMs`, once the buckets reach that far. */
  middleMs(endMs: number): number {
    this.#reach(endMs);
    const half = Math.round((endMs - this.#originMs) / 2 / this.#widthMs);
    return this.#originMs + half * this.#widthMs;
  }

  /** How often it happened before an edge, and from there on. */
  halves(edgeMs: number, endMs: number): [before: number, after: number] {
    this.#reach(endMs);
    const edge = Math.round((edgeMs - this.#originMs) / this.#widthMs);
    return [sum(this.#counts.subarray(0, edge)), sum(this.#counts.subarray(edge))];
  }

  #reach(timeMs: number): void {
    while (timeMs - this.#originMs >= BUCKETS * this.#widthMs) {
      const old = this.#counts;
      this.#counts = new Float64Array(BUCKETS);
      old.forEach((count, index) => {
        this.#counts[index >> 1] = (this.#counts[index >> 1] ?? 0) + count;
      });
      this.#widthMs *= 2;
    }
  }
}

const BUCKETS = 64;

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
