import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How long an operation took, over all entries that say so. Below its threshold a program logs that at DEBUG, or not at all. */
export interface OperationTimes {
  readonly operation: string;
  readonly count: number;
  /** Those of `slowMs` or more. */
  readonly slow: number;
  /** In milliseconds; the percentiles to 1 in 100. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** Collects the times of one operation in constant memory (about 30 kB). */
export class OperationHistogram {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: DAY_US, figures: 2 });
  readonly #slowMs: number;
  #slow = 0;
  #maxMs = 0;

  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** Times outside of 1 µs to a day count as these. */
  record(durationMs: number): void {
    this.#histogram.record(Math.min(DAY_US, Math.max(1, Math.round(durationMs * 1000))));
    if (durationMs >= this.#slowMs) this.#slow++;
    this.#maxMs = Math.max(this.#maxMs, durationMs);
  }

  times(operation: string): OperationTimes {
    return {
      operation,
      count: this.#histogram.count,
      slow: this.#slow,
      p50Ms: Math.min(this.#maxMs, this.#histogram.percentile(50) / 1000),
      p95Ms: Math.min(this.#maxMs, this.#histogram.percentile(95) / 1000),
      maxMs: this.#maxMs,
    };
  }
}

const DAY_US = 86_400_000_000;
