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
  next: Bucket | undefined;
}

/** @internal */
export function emptyWindow(number: number, movesAtMs?: number): SlidingWindow {
  const bucket = { number, calls: 0, failures: 0, next: undefined };
  return { calls: 0, failures: 0, movesAtMs, oldest: bucket, newest: bucket };
}

/** @internal The newest bucket is `number`, and of those before it the last `size - 1` still count. */
export function moveTo(window: SlidingWindow, number: number, size: number): void {
  if (number <= window.newest.number) return;
  window.newest = window.newest.next = { number, calls: 0, failures: 0, next: undefined };
  while (window.oldest.number <= number - size) {
    const { calls, failures, next } = window.oldest;
    window.calls -= calls;
    window.failures -= failures;
    window.oldest = next as Bucket;
  }
}

/** @internal Counts in the newest bucket. */
export function add(window: SlidingWindow, calls: number, failures: number): void {
  for (const each of [window, window.newest]) {
    each.calls += calls;
    each.failures += failures;
  }
}

/** @internal */
export function isReached(ratio: number, minimumCalls: number, { calls, failures }: Tally): boolean {
  return calls >= minimumCalls && failures / calls >= ratio;
}
