import { classify, type Fault } from '../faults/index.ts';
import type { Clock } from '../time/index.ts';

/** How a supervisor finds out that a child which runs no longer works. */
export interface HealthCheck {
  /**
   * Only looks, and quickly. A throw, a rejection, `false`, and no answer within `timeoutMs` are failures; any other
   * answer is health. `signal` aborts when it is no longer waited for, and when the child stops. Never called while
   * the call before has not settled: one that hangs is waited for again instead, and fails again.
   */
  check(signal: AbortSignal): unknown;
  /** From the moment it is ready to its first check, and from the end of one check to the next. Default 10 000; above 0. */
  readonly everyMs?: number;
  /** How long an answer may take. Default 5000; above 0. */
  readonly timeoutMs?: number;
  /** After this many failures in a row the child is restarted, as unhealthy. Default 3; 1 or more. */
  readonly failures?: number;
}

/** What the checks of the run that is up have said. */
export type ChildHealth =
  | { readonly state: 'unchecked' }
  | { readonly state: 'healthy' }
  /** `failures`: how many in a row. `fault`: the last one. */
  | { readonly state: 'failing'; readonly failures: number; readonly fault: Fault };

/**
 * Checks again and again, until `stop` aborts, and tells the result of every check; `lost` is its fault when it has
 * failed too often.
 */
export async function watchHealth(
  health: HealthCheck,
  clock: Clock,
  stop: AbortSignal,
  checked: (health: ChildHealth, lost: Fault | undefined) => void,
): Promise<void> {
  const { everyMs = 10_000, timeoutMs = 5000, failures: most = 3 } = health;
  let failures = 0;
  let pending: Promise<unknown> | undefined;
  while (!stop.aborted) {
    const turn = new AbortController();
    const { signal } = turn;
    // Not AbortSignal.any: of each, its sources keep a few bytes for ever.
    stop.addEventListener('abort', () => turn.abort(), { signal });
    const wait = (delayMs: number) => clock.sleep(delayMs, { signal, keepAlive: false });
    let fault: Fault | undefined;
    try {
      await wait(everyMs);
      pending ??= (async () => health.check(signal))().finally(() => {
        pending = undefined;
      });
      const late = wait(timeoutMs).then(() => {
        throw new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError');
      });
      if ((await Promise.race([pending, late])) === false) throw new Error('it answered false');
    } catch (error) {
      fault = classify(error);
    }
    if (stop.aborted) return;
    turn.abort();
    failures = fault ? failures + 1 : 0;
    const said = fault ? ({ state: 'failing', failures, fault } as const) : ({ state: 'healthy' } as const);
    checked(said, failures < most ? undefined : fault);
  }
}
