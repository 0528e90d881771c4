import { COUNT, checkOptions } from '../../options/index.ts';
import type { TripCounter, TripRule } from './trip-rule.ts';

/** Opens after so many failures in a row. A whole number, 1 or more; a RangeError otherwise. */
export function consecutive(failures: number): TripRule {
  checkOptions('breaker', { consecutive: [failures, COUNT] });
  return () => new Consecutive(failures);
}

class Consecutive implements TripCounter {
  readonly #limit: number;
  failures = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get reason() {
    return 'consecutive-failures' as const;
  }

  get calls(): number {
    return this.failures;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(_nowMs: number, count: number): boolean {
    this.failures += count;
    return this.failures >= this.#limit;
  }
}
