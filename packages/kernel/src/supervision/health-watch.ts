import { classify, type Fault, kernelFaults } from '../faults/index.ts';
import type { Clock, Timer } from '../time/index.ts';

/** How a supervisor finds out that a child which runs no longer works. */
export interface HealthCheck {
  /**
   * Only looks, and quickly. A throw, a rejection, `false`, and no answer within `timeoutMs` are failures; any other
   * answer is health. `signal` aborts when it is no longer waited for, and when the child stops. Never called while
   * the call before has not settled: one that hangs is waited for again instead, and fails again.
   */
  check(signal: AbortSignal): unknown;
  /** From the end of one check to the next. Default 10 000; 1 or more. */
  readonly everyMs?: number;
  /** How long an answer may take. Default 5000; 1 or more. */
  readonly timeoutMs?: number;
  /** After this many failures in a row the child is restarted, as unhealthy. Default 3; 1 or more. */
  readonly failures?: number;
  /** From the moment it is ready to its first check. Default: `everyMs`. */
  readonly graceMs?: number;
}

/** What the checks of the run that is up have said. */
export type ChildHealth =
  | { readonly state: 'unchecked' }
  | { readonly state: 'healthy' }
  /** `failures`: how many in a row. `fault`: the last one. */
  | { readonly state: 'failing'; readonly failures: number; readonly fault: Fault };

/**
 * Checks again and again, until the answered function is called, and tells the result of every check; `lost` is
 * its fault when it has failed too often.
 */
export function watchHealth(
  spec: HealthCheck,
  clock: Clock,
  checked: (health: ChildHealth, lost: Fault | undefined) => void,
): () => void {
  const { everyMs = 10_000, timeoutMs = 5000, graceMs = everyMs, failures: most = 3 } = spec;
  let failures = 0;
  let abort: AbortController | undefined;
  let pending: Promise<Fault | undefined> | undefined;
  /** Of the check whose answer is taken. */
  let turn = 0;
  let timer: Timer;
  wait(graceMs, look);
  return end;

  function wait(delayMs: number, then: () => void): void {
    timer = clock.schedule(delayMs, then, { keepAlive: false });
  }

  function end(): void {
    turn++;
    timer.cancel();
    abort?.abort();
  }

  function look(): void {
    const mine = turn;
    const take = (fault: Fault | undefined) => {
      if (turn !== mine) return;
      end();
      wait(everyMs, look);
      failures = fault ? failures + 1 : 0;
      const health = fault
        ? ({ state: 'failing', failures, fault } as const)
        : ({ state: 'healthy' } as const);
      checked(health, failures < most ? undefined : fault);
    };
    wait(timeoutMs, () => {
      const error = `no answer within ${timeoutMs} ms`;
      take(kernelFaults.TIMEOUT({ error, errorName: 'TimeoutError' }));
    });
    pending ??= ask().finally(() => {
      pending = undefined;
    });
    void pending.then(take);
  }

  async function ask(): Promise<Fault | undefined> {
    try {
      abort = new AbortController();
      if ((await spec.check(abort.signal)) === false) throw new Error('it answered false');
      return undefined;
    } catch (error) {
      return classify(error);
    }
  }
}
