/**
 * The calls of the last `durationMs`, as two counts: a ring of buckets. Every operation costs the same however many
 * calls are counted and however long nothing happened; a call is forgotten between `durationMs` and one bucket less
 * after it was counted.
 *
 * A success is counted without reading the clock: it is dated by the next thing that is, the start of a call (with
 * the time before it) or a failure (with the time of that).
 */
export class CallWindow {
  readonly #bucketMs: number;
  readonly #buckets: number;
  /** Successes and failures of each bucket, in turns. Made when there is something to count. */
  #counts: number[] | undefined = undefined;
  /** The number of the newest bucket, counted from the origin of the clock, and when it ends. */
  #newest = Number.NEGATIVE_INFINITY;
  #newestEndsMs = Number.NEGATIVE_INFINITY;
  #undated = 0;
  #successes = 0;
  #failures = 0;

  constructor(durationMs: number, buckets: number) {
    this.#bucketMs = durationMs / buckets;
    this.#buckets = buckets;
  }

  get failures(): number {
    return this.#failures;
  }

  get calls(): number {
    return this.#successes + this.#undated + this.#failures;
  }

  /** Time has come to `nowMs`. */
  moveTo(nowMs: number): void {
    if (nowMs < this.#newestEndsMs) return;
    this.#date();
    this.#forget(nowMs);
  }

  countSuccesses(count: number): void {
    this.#undated += count;
  }

  /** When the newest bucket ends: what is counted later needs `moveTo`. */
  get newestEndsMs(): number {
    return this.#newestEndsMs;
  }

  countFailure(nowMs: number): void {
    if (nowMs >= this.#newestEndsMs) this.#forget(nowMs);
    this.#date();
    this.#add(1, 1);
    this.#failures++;
  }

  /** Puts the undated successes into the newest bucket. */
  #date(): void {
    if (this.#undated === 0) return;
    this.#add(0, this.#undated);
    this.#successes += this.#undated;
    this.#undated = 0;
  }

  #add(kind: 0 | 1, count: number): void {
    this.#counts ??= new Array<number>(this.#buckets * 2).fill(0);
    const at = (this.#newest % this.#buckets) * 2 + kind;
    this.#counts[at] = (this.#counts[at] as number) + count;
  }

  /** Makes the bucket of `nowMs` the newest, and forgets those that it pushes out. */
  #forget(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    const passed = Math.min(bucket - this.#newest, this.#buckets);
    this.#newest = bucket;
    this.#newestEndsMs = (bucket + 1) * this.#bucketMs;
    const counts = this.#counts;
    if (counts === undefined) return;
    for (let i = 0; i < passed; i++) {
      const at = ((bucket - i) % this.#buckets) * 2;
      this.#successes -= counts[at] as number;
      this.#failures -= counts[at + 1] as number;
      counts[at] = 0;
      counts[at + 1] = 0;
    }
  }
}
