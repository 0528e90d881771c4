import { checkOptions, POSITIVE } from '../../options/index.ts';
import { isReached } from './sliding-window.ts';
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
  const { slowMs, slowRatio, minimumCalls } = options;
  checkOptions('slowCalls', { slowMs: [slowMs, POSITIVE] });
  const window = ratioOfLate('slowCalls', 'slow-calls', options, 'slowRatio', slowRatio);
  return {
    ...window,
    window,
    begin() {
      const last: Place = {};
      return { ...window.begin(), passed: last, last } satisfies Line;
    },
    count(tally, gate, nowMs, _succeeded, failed, call) {
      const line = tally as Line;
      let fast = 0;
      let slow = 0;
      if (call && failed === undefined) line.last = line.last.next = { call };
      else if (call && nowMs - call.startMs <= slowMs) fast++;
      for (
        let { next } = line.passed;
        next && (next.call.isOver || nowMs - next.call.startMs > slowMs);
        { next } = next
      ) {
        line.passed = next;
        if (!next.call.isOver) {
          next.call.isSlow = true;
          slow++;
        }
      }
      window.count(tally, gate, nowMs, fast, slow);
      gate.untilMs = 0;
      return isReached(slowRatio, minimumCalls, tally);
    },
  };
}

/** The calls that may still be in flight and are not slow yet: those after `passed`, in the order in which they began. */
interface Line extends Tally {
  passed: Place;
  last: Place;
}

/** Not in the call itself: one that hangs would keep all that began after it. */
interface Place {
  readonly call?: CallInFlight;
  next?: Place & { readonly call: CallInFlight };
}
