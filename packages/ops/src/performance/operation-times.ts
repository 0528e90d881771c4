import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How long something took of late. */
export interface RecentTimes {
  readonly calls: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * The durations of the last half to whole window, within 1 %, up to an hour each; 74 KiB. Recording costs the same
 * however many there are.
 */
export class OperationTimes {
  readonly #halfMs: number;
  #older = newHistogram();
  #newer = newHistogram();
  #turnAtMs: number;

  constructor(windowMs: number, nowMs: number) {
    this.#halfMs = windowMs / 2;
    this.#turnAtMs = nowMs + this.#halfMs;
  }

  record(durationMs: number, nowMs: number): void {
    if (nowMs >= this.#turnAtMs) this.#turn(nowMs);
    const micros = Math.round(durationMs * 1000);
    this.#newer.record(Math.min(Math.max(micros, 1), MOST_MICROS));
  }

  recent(nowMs: number): RecentTimes {
    if (nowMs >= this.#turnAtMs) this.#turn(nowMs);
    scratch.reset();
    scratch.add(this.#older);
    scratch.add(this.#newer);
    if (scratch.count === 0) return NONE;
    const percentile = (share: number) => scratch.percentile(share) / 1000;
    return {
      calls: scratch.count,
      meanMs: scratch.mean / 1000,
      p50Ms: percentile(50),
      p95Ms: percentile(95),
      p99Ms: percentile(99),
      maxMs: scratch.max / 1000,
    };
  }

  #turn(nowMs: number): void {
    const isLongAgo = nowMs >= this.#turnAtMs + this.#halfMs;
    this.#older.reset();
    if (isLongAgo) this.#newer.reset();
    [this.#older, this.#newer] = [this.#newer, this.#older];
    this.#turnAtMs = nowMs + this.#halfMs;
  }
}

/** An hour. */
const MOST_MICROS = 3_600_000_000;

const NONE: RecentTimes = { calls: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };

function newHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MOST_MICROS, figures: 2 });
}

/** Where the two halves are put together, one reading after the other. */
const scratch = newHistogram();
