import { POSITIVE } from '../../options/index.ts';
import { RATIO } from './ratio.ts';
import { TimeWindow, windowSettings } from './time-window.ts';
import type { CallInFlight, TripCounter, TripRule } from './trip-rule.ts';

export interface SlowCallsOptions {
  /** A call that takes longer is slow. Milliseconds, above 0. */
  readonly slowMs: number;
  /** The share of slow calls from which on the breaker opens. Above 0, up to 1. */
  readonly slowRatio: number;
  /** Fewer calls than this in the window are no evidence. A whole number, 1 or more. */
  readonly minimumCalls: number;
  /** How far back calls count. Milliseconds, above 0. */
  readonly durationMs: number;
  /** In how many steps the window moves on. A whole number from 1 to 1000. Default 10. */
  readonly buckets?: number;
}

/**
 * Opens on the share of slow calls among the calls of late, whatever they end in. A call counts as slow as soon as it
 * has taken `slowMs`, also while it still hangs; that is seen when the next call begins or ends. One that is cancelled
 * before counts as nothing; one that is cancelled after that was slow. While the breaker is half-open, a slow probe
 * counts as a failed one.
 *
 * Needs to see every call begin: calls do not pass by the breaker's gate, which costs about a bare await a call. A
 * RangeError or TypeError when an option is out of range.
 */
export function slowCalls(options: SlowCallsOptions): TripRule {
  const { slowMs, slowRatio } = options;
  const settings = windowSettings('slowCalls', options, slowRatio, {
    slowMs: [slowMs, POSITIVE],
    slowRatio: [slowRatio, RATIO],
  });
  return () => new SlowCalls(slowMs, settings);
}

class SlowCalls extends TimeWindow {
  readonly slowMs: number;
  /** Those that are not slow yet, in the order in which they began. */
  readonly #inFlight = new Set<CallInFlight>();

  constructor(slowMs: number, settings: ReturnType<typeof windowSettings>) {
    super(settings);
    this.slowMs = slowMs;
  }

  override get reason(): TripCounter['reason'] {
    return 'slow-calls';
  }

  began(call: CallInFlight): boolean {
    this.#judge(call.startMs);
    this.#inFlight.add(call);
    return this.isTripped;
  }

  ended(call: CallInFlight, nowMs: number, isFailure: boolean | undefined): boolean {
    this.#judge(nowMs);
    if (this.#inFlight.delete(call) && isFailure !== undefined) this.succeeded(1);
    return this.isTripped;
  }

  #judge(nowMs: number): void {
    this.moveTo(nowMs);
    for (const call of this.#inFlight) {
      if (nowMs - call.startMs <= this.slowMs) break;
      this.#inFlight.delete(call);
      this.failed(nowMs, 1);
    }
  }
}
