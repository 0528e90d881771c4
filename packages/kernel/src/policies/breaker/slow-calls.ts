import { checkOptions, POSITIVE } from '../../options/index.ts';
import { ratioOfLate, type TimeWindowOptions } from './time-window.ts';
import type { CallInFlight, Tally, TripRule } from './trip-rule.ts';

export interface SlowCallsOptions extends Omit<TimeWindowOptions, 'failureRatio'> {
  /** A call that takes longer is slow. Milliseconds, above 0. */
  readonly slowMs: number;
  /** The share of slow calls from which on the breaker opens. Above 0, up to 1. */
  readonly slowRatio: number;
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
  checkOptions('slowCalls', { slowMs: [slowMs, POSITIVE] });
  const window = ratioOfLate('slowCalls', 'slow-calls', options, 'slowRatio', slowRatio);
  return {
    ...window,
    slowMs,
    begin() {
      const none = { startMs: 0, isOver: true };
      const last = { call: none, next: undefined };
      return { ...window.begin(), first: last, last } satisfies Line;
    },
    count(tally, nowMs, succeeded, failed = 0) {
      const line = tally as Line;
      let slow = failed;
      for (
        let { next } = line.first;
        next !== undefined && (next.call.isOver || nowMs - next.call.startMs > slowMs);
        next = next.next
      ) {
        if (!next.call.isOver) slow++;
        line.first = next;
      }
      return window.count(tally, nowMs, succeeded, slow);
    },
    began(tally, call) {
      const line = tally as Line;
      line.last = line.last.next = { call, next: undefined };
    },
  };
}

/** The calls that may still be in flight and are not slow yet, after the first, in the order in which they began. */
interface Line extends Tally {
  first: Place;
  last: Place;
}

interface Place {
  readonly call: CallInFlight;
  next: Place | undefined;
}
