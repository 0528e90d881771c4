/**
 * The next of 1, 2, 5, 10, 20, 50 … above `ms`, at least 1: what it was surely shorter than, said so coarsely that it
 * stays the same from run to run. Throws a RangeError for what is no duration.
 */
export function stepAbove(ms: number): number {
  check(ms);
  for (let decade = 1; ; decade *= 10) {
    const factor = FACTORS.find((candidate) => ms < candidate * decade);
    if (factor !== undefined) return factor * decade;
  }
}

/** A duration for people, in two or three digits: `0.4 ms`, `12 ms`, `1.2 s`, `3 min`. */
export function inWords(ms: number): string {
  check(ms);
  const [unitMs, unit] = UNITS.find(([size]) => ms >= size * ROUNDS_UP_AT) ?? SMALLEST;
  const value = ms / unitMs;
  return `${value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}

const FACTORS = [1, 2, 5, 10];
const SMALLEST = [1, 'ms'] as const;
const UNITS = [[3_600_000, 'h'], [60_000, 'min'], [1000, 's'], SMALLEST] as const;
/** 999.5 ms would be 1000 ms, and is said as 1 s. */
const ROUNDS_UP_AT = 0.9995;

function check(ms: number): void {
  if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a duration must be a number of ms, 0 or more; got ${ms}`);
  }
}
