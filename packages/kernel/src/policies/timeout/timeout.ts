import type { Fault } from '../../faults/index.ts';
import { checkOptions, POSITIVE } from '../../options/index.ts';
import {
  type Call,
  deadlineQueue,
  type Environment,
  failStopped,
  type Layer,
  layer,
  type Policy,
  type Waiter,
} from '../pipeline/index.ts';
import { timeoutFaults } from './timeout-faults.ts';

export interface TimeoutOptions {
  /**
   * What happens to work whose time has run out. Either way `attempt.signal` aborts, and the answer is TIMED_OUT.
   *
   * - `abandon` (default): the answer comes at once. Work that goes on is no longer waited for; its late result or
   *   error is dropped.
   * - `cooperative`: the answer comes when the work has ended. For work that heeds its signal and must not overlap
   *   with the next attempt; work that does not heed it is waited for as long as it takes.
   */
  readonly mode?: 'abandon' | 'cooperative';
}

/**
 * Limits how long what is inside may take: `ms` milliseconds, any number above 0. Fails with the fault TIMED_OUT,
 * which is retryable. Throws a RangeError when `ms` is out of range.
 *
 * Outside of a retry it limits all attempts and the waits between them; inside, each attempt. A breaker counts the
 * timeouts inside of it. What the caller aborts is never reported as a timeout; `abandon` also answers the caller's
 * abort at once. The deadline does not hold the process open. It is never early; on the host's time, where `ms` is 160 or
 * more, it may be late by 10 ms, as long as the event loop turns.
 */
export function timeout(ms: number, { mode = 'abandon' }: TimeoutOptions = {}): Policy<never, unknown> {
  checkOptions('timeout', { ms: [ms, POSITIVE], mode: [mode, ['abandon', 'cooperative']] });
  const abandons = mode === 'abandon';
  return Object.freeze({
    kind: 'timeout',
    attach(level: number, { name, clock }: Environment): Layer {
      // A call remembers its place in the queue, and the fault once its time has run out.
      const deadlines = deadlineQueue<Waiter>(
        clock,
        ms,
        ({ layered: call }) => {
          const { operationId } = call;
          const fault = timeoutFaults.TIMED_OUT({ pipeline: name, timeoutMs: ms }, { operationId });
          call.remember(level, fault);
          call.stop(level, fault);
        },
        ({ layered }, place) => layered.remember(level, place),
      );
      const leave = (call: Call): undefined => {
        const memory = call.recall(level) as number | Fault;
        if (typeof memory === 'number') deadlines.remove(memory);
        else failStopped(call, level, memory);
      };
      return layer({
        timed: true,
        abandons,
        deadlines,
        enter(call, nowMs) {
          call.remember(level, deadlines.add(call, nowMs));
          return undefined;
        },
        succeeded: leave,
        failed: leave,
        cancelled: leave,
      });
    },
  });
}
