import { classify, type Fault, isCancelled } from '../faults/index.ts';
import type { Timer } from '../time/index.ts';
import type { ChildContext, ChildSpec, RunningChild } from './child.ts';
import { type ChildHealth, watchHealth } from './health-watch.ts';
import { childFault, stopped, supervisionFaults } from './supervision-faults.ts';

export interface RunEvents {
  /** It is ready. At most once, before `ended`. */
  started(): void;
  /** Its health was checked. Only between `started` and a stop. */
  checked(health: ChildHealth, lost: Fault | undefined): void;
  /**
   * It is over. Exactly once. `fault` is set unless it has finished, `abandoned` when it did not exit whatever was done
   * and may still run.
   */
  ended(fault: Fault | undefined, abandoned: Fault | undefined): void;
}

/** One run of a child, from its start to its end. */
export interface ChildRun {
  state: 'starting' | 'running' | 'stopping' | 'ended';
  /** Set once `start` has returned. */
  child: RunningChild | undefined;
  /** Called once. Tells no event before it returns. */
  start(): void;
  /**
   * Stops it: abort signal, then its escalation. It ends, at the latest when all grace times have passed. Harmless when
   * it is stopping or over. Not from within `start`.
   */
  stop(): void;
}

export function createRun(
  spec: ChildSpec,
  context: Omit<ChildContext, 'signal'>,
  events: RunEvents,
): ChildRun {
  const { id, startMs = 30_000, shutdownMs = 5000, health } = spec;
  const { clock, supervisor } = context;
  const abort = new AbortController();
  /** Of its start, or of the step of its stop. */
  let deadline: Timer | undefined;
  let stopChecks: (() => void) | undefined;
  /** Why its start failed: known before it has ended. */
  let startFault: Fault | undefined;
  const run: ChildRun = { state: 'starting', child: undefined, start, stop };
  return run;

  function start(): void {
    const child = begin();
    const { exited, ready } = child;
    run.child = child;
    Promise.resolve(ready).then(becomeReady, failStart);
    exited.then(
      ({ fault }) => end(fault),
      (error: unknown) => end(classify(error)),
    );
    wait(startMs, () => failStart(`it was not ready within ${startMs} ms`));
  }

  function begin(): RunningChild {
    try {
      return spec.start({ ...context, signal: abort.signal });
    } catch (error) {
      const exited = Promise.reject(error);
      return { exited, ready: exited };
    }
  }

  function stop(): void {
    if (run.state === 'stopping' || run.state === 'ended') return;
    run.state = 'stopping';
    stopChecks?.();
    const steps = [
      { name: 'abort', graceMs: shutdownMs, apply: () => abort.abort(stopped(`${supervisor}/${id}`)) },
      ...(run.child?.escalation ?? []),
    ];
    let failed: unknown;
    let at = 0;
    const next = () => {
      const step = steps[at++];
      if (step) {
        wait(step.graceMs, next);
        try {
          step.apply();
        } catch (error) {
          failed = error;
        }
      } else {
        const tried = String(steps.map(({ name }) => name));
        const fault = childFault(supervisionFaults.CHILD_ABANDONED, supervisor, id, failed, tried);
        end(fault, fault);
      }
    };
    next();
  }

  function wait(delayMs: number, then: () => void): void {
    deadline?.cancel();
    deadline = Number.isFinite(delayMs) ? clock.schedule(delayMs, then) : undefined;
  }

  function becomeReady(): void {
    if (run.state !== 'starting') return;
    run.state = 'running';
    deadline?.cancel();
    stopChecks = health && watchHealth(health, clock, events.checked);
    events.started();
  }

  function failStart(cause: unknown): void {
    if (run.state !== 'starting') return;
    startFault = notStarted(cause);
    stop();
  }

  function notStarted(cause: unknown): Fault {
    return childFault(supervisionFaults.CHILD_START_FAILED, supervisor, id, cause);
  }

  function end(fault?: Fault, abandoned?: Fault): void {
    if (run.state === 'ended') return;
    if (run.state === 'starting') startFault = notStarted(fault ?? 'it ended before it was ready');
    run.state = 'ended';
    deadline?.cancel();
    stopChecks?.();
    // Doing as it was told is no failure.
    const obeyed = abort.signal.aborted && isCancelled(fault);
    events.ended(startFault ?? (obeyed ? undefined : fault), abandoned);
  }
}
