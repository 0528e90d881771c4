import type { Tally } from './trip-rule.ts';

/** @internal Calls of late, in numbered buckets that are chained from the oldest to the newest. */
export interface SlidingWindow extends Tally {
  oldest: Bucket;
  newest: Bucket;
}

interface Bucket {
  readonly number: number;
  calls: number;
  failures: number;
  next?: Bucket;
}

/** @internal Before all calls. */
export function emptyWindow(): SlidingWindow {
  const bucket = { number: -(2 ** 31), calls: 0, failures: 0 };
  return { calls: 0, failures: 0, oldest: bucket, newest: bucket };
}

/** @internal Counts in bucket `number`, or in the newest if that is newer; the last `size` of them still count. */
export function add(
  window: SlidingWindow,
  number: number,
  size: number,
  calls: number,
  failures: number,
): void {
  if (number > window.newest.number) {
    window.newest = window.newest.next = { number, calls: 0, failures: 0 };
  }
  for (const each of [window, window.newest]) {
    each.calls += calls;
    each.failures += failures;
  }
  while (window.oldest.number <= number - size) {
    window.calls -= window.oldest.calls;
    window.failures -= window.oldest.failures;
    window.oldest = window.oldest.next as Bucket;
  }
}

/** @internal */
export function isReached(ratio: number, minimumCalls: number, { calls, failures }: Tally): boolean {
  return calls >= minimumCalls && failures / calls >= ratio;
}
