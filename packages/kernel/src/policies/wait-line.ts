import { FOREVER } from '../options/index.ts';
import type { Clock, Timer } from '../time/index.ts';
import type { Call, Refusal } from './pipeline/index.ts';

/** A call that waits at a policy. */
export interface Waiter<Reason = never> {
  readonly priority: number;
  /** How much it takes when it is admitted. */
  readonly cost: number;
  readonly sinceMs: number;
  /** Ends the wait, unless it has ended: the call is admitted, or refused for a reason. */
  end(reason?: Reason | 'max-wait'): void;
}

/** How a call waits. */
export interface WaitOptions<Reason> {
  readonly clock: Clock;
  /** The clock's monotonic time now. */
  readonly sinceMs: number;
  /** How long it waits at most; it waits no longer than until the deadline of its run either. */
  readonly maxWaitMs: number;
  readonly cost: number;
  /** What it is refused with. `max-wait`: it has waited for as long as it may. */
  readonly refuse: (reason: Reason | 'max-wait') => Refusal;
  /** Admits who can go now: called when somebody has gone by itself, or may wait no longer. */
  readonly serve: () => void;
}

/**
 * Puts a call into `line`, where the greater priority stands first, equal ones in the order of their arrival. For a
 * layer's `enter`: answer what it answers.
 *
 * A call that is stopped leaves at once. To join and to leave is O(calls in the line). Timers are there for calls that may
 * not wait for ever, and for no others.
 */
export function joinLine<Reason>(
  line: Waiter<Reason>[],
  call: Call,
  level: number,
  { clock, sinceMs, maxWaitMs, cost, refuse, serve }: WaitOptions<Reason>,
): Promise<unknown> {
  const { priority = 0, deadlineMs = FOREVER } = call.options;
  return call.hold(level, (end) => {
    let timer: Timer | undefined;
    const leave = (then: () => void) => {
      const place = line.indexOf(waiter);
      if (place < 0) return;
      line.splice(place, 1);
      timer?.cancel();
      then();
    };
    const waiter: Waiter<Reason> = {
      priority,
      cost,
      sinceMs,
      end: (reason) => leave(() => end(reason && refuse(reason))),
    };
    line.splice(line.findLastIndex((other) => other.priority >= priority) + 1, 0, waiter);
    const waitMs = Math.min(maxWaitMs, Math.max(deadlineMs - sinceMs, 0));
    if (waitMs < FOREVER) {
      const tooLate = () => {
        // It may be due by now.
        serve();
        waiter.end('max-wait');
        serve();
      };
      timer = clock.deadline(waitMs, sinceMs, tooLate, undefined);
    }
    return () => leave(serve);
  });
}
