/** What happened in the last window. */
export interface Outcomes {
  readonly successes: number;
  readonly failures: number;
}

const BUCKETS = 30;

/** @internal Counts successes and failures of the last window, forgetting a thirtieth of it at a time. O(1), in fixed memory. */
export class OutcomeWindow {
  readonly #bucketMs: number;
  readonly #buckets = Array.from({ length: BUCKETS }, () => ({ successes: 0, failures: 0 }));
  readonly #sum = { successes: 0, failures: 0 };
  #newest = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  add(outcome: 'success' | 'failure', nowMs: number): void {
    const counts = outcome === 'success' ? 'successes' : 'failures';
    this.#turnTo(nowMs)[counts]++;
    this.#sum[counts]++;
  }

  at(nowMs: number): Outcomes {
    this.#turnTo(nowMs);
    return { ...this.#sum };
  }

  #turnTo(nowMs: number) {
    const number = Math.floor(nowMs / this.#bucketMs);
    const first = Math.max(this.#newest + 1, number - BUCKETS + 1);
    for (let each = first; each <= number; each++) this.#begin(each);
    this.#newest = Math.max(this.#newest, number);
    return this.#bucket(this.#newest);
  }

  #begin(number: number): void {
    const bucket = this.#bucket(number);
    this.#sum.successes -= bucket.successes;
    this.#sum.failures -= bucket.failures;
    bucket.successes = bucket.failures = 0;
  }

  #bucket(number: number) {
    return this.#buckets[number % BUCKETS] as { successes: number; failures: number };
  }
}
