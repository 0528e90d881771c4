import { COUNT, checkOptions, POSITIVE } from '../../options/index.ts';
import { RATIO } from './ratio.ts';
import type { TripCounter, TripRule } from './trip-rule.ts';

export interface TimeWindowOptions {
  /** How far back calls count. Milliseconds, above 0. */
  readonly durationMs: number;
  /** In how many steps the window moves on. A whole number from 1 to 1000. Default 10. */
  readonly buckets?: number;
  /** The share of failures from which on the breaker opens. Above 0, up to 1. */
  readonly failureRatio: number;
  /** Fewer calls than this in the window are no evidence. A whole number, 1 or more. */
  readonly minimumCalls: number;
}

/** Opens on the share of failures among the calls of late. A RangeError or TypeError when an option is out of range. */
export function timeWindow(options: TimeWindowOptions): TripRule {
  const { failureRatio } = options;
  const settings = windowSettings('timeWindow', options, failureRatio, {
    failureRatio: [failureRatio, RATIO],
  });
  return () => new TimeWindow(settings);
}

/** @internal The options of a window, checked with those that only one kind of it has, and with their defaults. */
export function windowSettings(
  of: string,
  options: Omit<TimeWindowOptions, 'failureRatio'>,
  ratio: number,
  others: Parameters<typeof checkOptions>[1],
) {
  const { durationMs, minimumCalls, buckets = 10 } = options;
  checkOptions(of, {
    ...others,
    durationMs: [durationMs, POSITIVE],
    buckets: [buckets, { ...COUNT, most: 1000 }],
    minimumCalls: [minimumCalls, COUNT],
  });
  return { buckets, minimumCalls, ratio, bucketMs: durationMs / buckets };
}

type WindowSettings = ReturnType<typeof windowSettings>;

/**
 * @internal The calls of the last `durationMs`, as two counts: a ring of buckets. Every operation costs the same however
 * many calls are counted and however long nothing happened; a call is forgotten between `durationMs` and one bucket
 * less after it was counted.
 *
 * A success is counted without reading the clock: it is dated by the next thing that is, the start of a call (with
 * the time before it) or a failure (with the time of that).
 */
export class TimeWindow implements TripCounter {
  readonly #settings: WindowSettings;
  /** Successes and failures of each bucket, in turns. Made when there is something to count. */
  #counts: number[] | undefined = undefined;
  /** The number of the newest bucket, counted from the origin of the clock, and when it ends. */
  #newest = 0;
  movesAtMs: number = Number.NEGATIVE_INFINITY;
  #undated = 0;
  #successes = 0;
  failures = 0;

  constructor(settings: WindowSettings) {
    this.#settings = settings;
  }

  get reason(): TripCounter['reason'] {
    return 'failure-ratio';
  }

  get calls(): number {
    return this.#successes + this.#undated + this.failures;
  }

  moveTo(nowMs: number): void {
    if (nowMs < this.movesAtMs) return;
    this.#date();
    const { bucketMs, buckets } = this.#settings;
    const bucket = Math.floor(nowMs / bucketMs);
    const counts = this.#counts;
    if (counts !== undefined) {
      const passed = Math.min(bucket - this.#newest, buckets);
      for (let i = 0; i < passed; i++) {
        const at = this.#slot(bucket - i);
        this.#successes -= counts[at] as number;
        this.failures -= counts[at + 1] as number;
        counts[at] = 0;
        counts[at + 1] = 0;
      }
    }
    this.#newest = bucket;
    this.movesAtMs = (bucket + 1) * bucketMs;
  }

  succeeded(count: number): void {
    this.#undated += count;
  }

  failed(nowMs: number, count: number): boolean {
    const undated = this.#undated;
    this.#undated = 0;
    this.moveTo(nowMs);
    this.succeeded(undated);
    this.#date();
    this.#add(1, count);
    this.failures += count;
    return this.isTripped;
  }

  protected get isTripped(): boolean {
    const { calls, failures } = this;
    const { minimumCalls, ratio } = this.#settings;
    return calls >= minimumCalls && failures / calls >= ratio;
  }

  /** Puts the undated successes into the newest bucket. */
  #date(): void {
    if (this.#undated === 0) return;
    this.#add(0, this.#undated);
    this.#successes += this.#undated;
    this.#undated = 0;
  }

  #add(kind: 0 | 1, count: number): void {
    this.#counts ??= new Array<number>(this.#settings.buckets * 2).fill(0);
    const at = this.#slot(this.#newest) + kind;
    this.#counts[at] = (this.#counts[at] as number) + count;
  }

  /** Buckets from before the origin of the clock come from a snapshot. */
  #slot(bucket: number): number {
    const { buckets } = this.#settings;
    return (((bucket % buckets) + buckets) % buckets) * 2;
  }
}
