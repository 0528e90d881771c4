import { COUNT, checkOptions, POSITIVE } from '../../options/index.ts';
import type { Clock } from '../../time/index.ts';
import { changes, Gate, type Policy } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { joinLine, type Waiter } from '../wait-line.ts';
import { type BulkheadFull, bulkheadFaults } from './bulkhead-faults.ts';

export interface BulkheadOptions {
  /** Whose calls it keeps apart, in signals and faults: the dependency. */
  readonly name: string;
  /** How many calls may be inside at once. A whole number, 1 or more. */
  readonly limit: number;
  /** Where calls wait for a place. Default: nowhere, they are refused at once. */
  readonly queue?: BulkheadQueue;
}

export interface BulkheadQueue {
  /** How many may wait. A whole number, 0 or more. */
  readonly size: number;
  /**
   * Keeps a burst, and dissolves a standing queue. When a place becomes free and the queue has not been empty for
   * `intervalMs` (above 0, default 100), what has waited for longer than `targetMs` (above 0, default 5) is refused. Default:
   * nothing is. The defaults suit work of a few milliseconds; for slower work, take the wait that callers put up with.
   *
   * Of Controlled Delay (Nichols and Jacobson, ACM Queue 10(5), 2012) these are the target, the interval, and that
   * it acts when calls leave the queue, never leaving a place empty: the last one waiting is not refused. The rate
   * of dropping there makes senders slow down; callers do not, so everything late is refused at once, as Facebook
   * does (Maurer, Fail at Scale, ACM Queue 13(8), 2015). Refused are the oldest of the least priority.
   */
  readonly codel?: { readonly targetMs?: number; readonly intervalMs?: number };
}

export interface BulkheadState {
  /** Calls inside. More than the limit only after it was lowered. */
  readonly active: number;
  readonly waiting: number;
  readonly limit: number;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface Bulkhead extends Policy<never, unknown> {
  readonly kind: 'bulkhead';
  readonly name: string;
  /** A snapshot. */
  readonly state: BulkheadState;
  /** From now on. Raised, it admits at once; lowered, it lets calls inside end. Throws as `bulkhead`. */
  setLimit(limit: number): void;
}

/**
 * Limits how many calls are inside at once, so that one slow dependency does not take all that others need. Those that
 * find no place wait in a bounded queue, if there is one, and are refused with the fault BULKHEAD_FULL, which is
 * retryable. Throws a RangeError or TypeError when an option is out of range.
 *
 * The greater `priority` of the run goes first: running sessions before new ones. Equal ones go in the order of their
 * arrival, and nobody overtakes who does not wait. In a full queue a greater priority takes the place of the last of the
 * least. Who is stopped leaves the queue at once. Greater priorities without end keep lesser ones waiting, and a
 * queue that nobody leaves goes no further: put a timeout outside of it.
 *
 * Belongs inside of a retry, so that no place is kept between attempts, and inside of a breaker, which should refuse
 * before anything waits. A timeout outside of it limits waiting and work together; one inside, the work alone. Work
 * that an abandoning timeout inside has given up has left the bulkhead, even if it goes on.
 */
export function bulkhead({ name, limit, queue = { size: 0 } }: BulkheadOptions): Bulkhead {
  const { size, codel } = queue;
  const { targetMs = 5, intervalMs = 100 } = codel ?? {};
  const of = `bulkhead ${name}`;
  const gate = new Gate();
  const line: WaitingCall[] = [];
  let clock: Clock;
  /** Since when somebody waits. */
  let standingSinceMs = 0;

  /** Admits who finds a place. */
  function serve(): void {
    for (let [first] = line; first && gate.active < gate.limit; [first] = line) {
      const nowMs = clock.monotonicMs();
      const standing = codel && line.length > 1 && nowMs - standingSinceMs >= intervalMs;
      const oldest = standing && line.find(({ priority }) => priority === line.at(-1)?.priority);
      if (oldest && nowMs - oldest.sinceMs > targetMs) oldest.end('codel');
      else {
        gate.active++;
        first.end();
      }
    }
  }

  function setLimit(limit: number): void {
    checkOptions(of, { limit: [limit, COUNT] });
    gate.limit = limit;
    serve();
  }

  function leave(): undefined {
    gate.active--;
    serve();
  }

  setLimit(limit);
  checkOptions(of, {
    size: [size, { least: 0, whole: true }],
    targetMs: [targetMs, POSITIVE],
    intervalMs: [intervalMs, POSITIVE],
  });
  return Object.freeze({
    ...sharedPolicy('bulkhead', name, bulkheadFaults.BULKHEAD_FULL, (environment, refusalOf, level) => {
      clock = environment.clock;
      return {
        gate,
        enter(call) {
          if (gate.active < gate.limit) {
            gate.active++;
            return;
          }
          const refuse = (reason: BulkheadFull['reason']) => refusalOf(call, { bulkhead: name, reason });
          const { priority = 0 } = call.options;
          if (line.length >= size) {
            const last = line.at(-1);
            if (!last || last.priority >= priority) return call.refuse(refuse('full')) as undefined;
            last.end('displaced');
          }
          const sinceMs = clock.monotonicMs();
          if (!line.length) {
            standingSinceMs = sinceMs;
            // Calls inside must come by the hook from now on: somebody waits for their places.
            gate.changed = ++changes.count;
          }
          return call.hold(level, (end) => {
            const leave = joinLine(line, {
              priority,
              sinceMs,
              end(reason) {
                leave();
                end(reason && refuse(reason));
              },
            });
            return () => {
              leave();
              serve();
            };
          });
        },
        succeeded: leave,
        failed: leave,
        cancelled: leave,
      };
    }),
    get state() {
      return { active: gate.active, waiting: line.length, limit: gate.limit };
    },
    setLimit,
  });
}

/** A call in the queue. */
interface WaitingCall extends Waiter {
  readonly sinceMs: number;
  /** Ends the wait: the call is admitted, or refused for a reason. */
  end(reason?: BulkheadFull['reason']): void;
}
