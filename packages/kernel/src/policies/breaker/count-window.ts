import { COUNT, checkOptions } from '../../options/index.ts';
import { RATIO } from './ratio.ts';
import type { TripCounter, TripRule } from './trip-rule.ts';

export interface CountWindowOptions {
  /** How many of the last calls count. A whole number, 1 or more. */
  readonly calls: number;
  /** The share of failures from which on the breaker opens. Above 0, up to 1. */
  readonly failureRatio: number;
  /** Fewer calls than this are no evidence. A whole number from 1 to `calls`. Default: `calls`. */
  readonly minimumCalls?: number;
}

/** Opens on the share of failures among the last calls. A RangeError or TypeError when an option is out of range. */
export function countWindow(options: CountWindowOptions): TripRule {
  const { calls, failureRatio, minimumCalls = calls } = options;
  checkOptions('countWindow', {
    calls: [calls, COUNT],
    failureRatio: [failureRatio, RATIO],
    minimumCalls: [minimumCalls, { ...COUNT, most: calls }],
  });
  const settings = { calls, failureRatio, minimumCalls };
  return () => new CountWindow(settings);
}

/**
 * The last calls, as the numbers of those that failed: many successes cost as much as one. It holds no more numbers
 * than it counts calls.
 */
class CountWindow implements TripCounter {
  readonly #settings: Required<CountWindowOptions>;
  /** All calls so far. */
  #total = 0;
  /** A ring of the numbers of failed calls, from the first to the end, both counted on and on. */
  readonly #ring: number[] = [];
  #first = 0;
  #end = 0;

  constructor(settings: Required<CountWindowOptions>) {
    this.#settings = settings;
  }

  get reason() {
    return 'failure-ratio' as const;
  }

  get calls(): number {
    return Math.min(this.#total, this.#settings.calls);
  }

  get failures(): number {
    return this.#end - this.#first;
  }

  succeeded(count: number): void {
    this.#total += count;
    this.#forget();
  }

  failed(_nowMs: number, count: number): boolean {
    const { calls, failureRatio, minimumCalls } = this.#settings;
    for (let i = Math.min(count, calls); i > 0; i--) {
      this.#total++;
      this.#forget();
      this.#ring[this.#end++ % calls] = this.#total;
    }
    return this.calls >= minimumCalls && this.failures / this.calls >= failureRatio;
  }

  #forget(): void {
    const { calls } = this.#settings;
    const ring = this.#ring;
    while (this.failures > 0 && (ring[this.#first % calls] as number) <= this.#total - calls) this.#first++;
  }
}
