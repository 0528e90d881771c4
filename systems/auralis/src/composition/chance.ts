import type { Random } from '@sustain/kernel';

/** True with this probability. */
export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

/** A number in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next();
}

/** A whole number, `low` and `high` included. */
export function wholeBetween(random: Random, low: number, high: number): number {
  return Math.floor(between(random, low, high + 1));
}

/** One of `items`, which must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return pickWeighted(random, items, () => 1);
}

/** One of `items`, which must not be empty, with probability proportional to its weight. */
export function pickWeighted<T>(random: Random, items: readonly T[], weightOf: (item: T) => number): T {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let left = random.next() * total;
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  const last = items.at(-1);
  if (last === undefined) throw new RangeError('there is nothing to pick from');
  return last;
}
