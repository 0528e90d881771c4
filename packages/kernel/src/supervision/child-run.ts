import { classify, type Fault, isCancelled } from '../faults/index.ts';
import { FOREVER } from '../options/index.ts';
import type { Timer } from '../time/index.ts';
import type { ChildContext, ChildSpec, RunningChild } from './child.ts';
import type { ChildEnd } from './exit-reason.ts';
import { watchHealth } from './health-watch.ts';
import type { ChildStatus } from './status.ts';
import { childFault, stopped, supervisionFaults } from './supervision-faults.ts';

/** A status that is kept up to date. */
export type LiveStatus = { -readonly [Field in keyof ChildStatus]: ChildStatus[Field] };

/** One run of a child, from its start to its end. */
export interface ChildRun {
  /** Set once `start` has returned, unless the child threw. */
  child: RunningChild | undefined;
  /** Called once. Tells nothing before it returns. */
  start(): void;
  /**
   * Stops it: abort signal, then its escalation. It ends, at the latest when all grace times have passed, and as `end`
   * says where that is given. Harmless when it is stopping or over. Not from within `start`.
   */
  stop(end?: ChildEnd): void;
}

/**
 * `now` says how it stands, until it is over. `ready` is called at most once, before `ended`; `ended` exactly once,
 * with `abandoned` when it did not exit whatever was done and may still run.
 */
export function createRun(
  spec: ChildSpec,
  now: LiveStatus,
  context: Omit<ChildContext, 'signal'>,
  ready: () => void,
  ended: (end: ChildEnd, abandoned?: Fault) => void,
): ChildRun {
  const { id, startMs = 30_000, shutdownMs = 5000, health } = spec;
  const { clock, supervisor } = context;
  /** Asks it to stop. */
  const abort = new AbortController();
  /** Says that it is wanted no longer: it stops, or is over. */
  const leave = new AbortController();
  let over = false;
  /** Of its start, or of the step of its stop. */
  let deadline: Timer | undefined;
  let told: ChildEnd | undefined;
  let steps = 0;
  let refused: unknown;
  const run: ChildRun = { child: undefined, start, stop };
  return run;

  function enter(state: ChildStatus['state'], limitMs: number, then?: () => void): void {
    now.state = state;
    deadline?.cancel();
    deadline = then && limitMs < FOREVER ? clock.schedule(limitMs, then) : undefined;
  }

  function start(): void {
    enter('starting', startMs, () => failStart(`it was not ready within ${startMs} ms`));
    const begun = (async () => (run.child = spec.start({ ...context, signal: abort.signal })))();
    begun.then((child) => child.ready).then(becomeReady, failStart);
    begun
      .then((child) => child.exited)
      .then(
        ({ fault }) => end(fault),
        (error: unknown) => end(classify(error)),
      );
  }

  function becomeReady(): void {
    if (leave.signal.aborted) return;
    enter('running', FOREVER);
    if (health) {
      void watchHealth(health, clock, leave.signal, (said, lost) => {
        now.health = said;
        if (lost) stop({ reason: 'unhealthy', fault: lost });
      });
    }
    ready();
  }

  function failStart(cause: unknown): void {
    stop(notStarted(cause));
  }

  function notStarted(cause: unknown): ChildEnd {
    return {
      reason: 'failed',
      fault: childFault(supervisionFaults.CHILD_START_FAILED, supervisor, id, cause),
    };
  }

  function stop(as?: ChildEnd): void {
    if (leave.signal.aborted) return;
    leave.abort();
    told = as;
    enter('stopping', shutdownMs, escalate);
    abort.abort(stopped(`${supervisor}/${id}`));
  }

  function escalate(): void {
    const { escalation = [] } = run.child ?? {};
    const step = escalation[steps++];
    if (step) {
      enter('stopping', step.graceMs, escalate);
      try {
        step.apply();
      } catch (error) {
        refused = error;
      }
    } else {
      const tried = ['abort', ...escalation.map(({ name }) => name)];
      const fault = childFault(supervisionFaults.CHILD_ABANDONED, supervisor, id, refused, `${tried}`);
      end(fault, fault);
    }
  }

  function end(fault: Fault | undefined, abandoned?: Fault): void {
    if (over) return;
    if (now.state === 'starting') told = notStarted(fault ?? 'it ended before it was ready');
    over = true;
    leave.abort();
    deadline?.cancel();
    // Doing as it was told is no failure.
    const obeyed = abort.signal.aborted && isCancelled(fault);
    const own: ChildEnd = fault && !obeyed ? { reason: 'failed', fault } : { reason: 'finished' };
    ended(told ?? own, abandoned);
  }
}
