import { classify, type Fault, isCancelled } from '../faults/index.ts';
import type { Timer } from '../time/index.ts';
import type { ChildContext, ChildSpec, RunningChild } from './child.ts';
import { type ChildHealth, watchHealth } from './health-watch.ts';
import { stopped, supervisionFaults } from './supervision-faults.ts';

export interface RunEvents {
  /** It is ready. At most once, before `ended`. */
  started(): void;
  /** Its health was checked. Only between `started` and a stop. */
  checked(health: ChildHealth, lost: boolean): void;
  /**
   * It is over. Exactly once. `fault` is set unless it has finished, `abandoned` when it did not exit whatever was done
   * and may still run.
   */
  ended(fault: Fault | undefined, abandoned: Fault | undefined): void;
}

/**
 * One run of a child, from its start to its end. It always ends after `stop`, at the latest when all grace times
 * have passed. `start` alone may tell events before it returns.
 */
export class ChildRun {
  state: 'starting' | 'running' | 'stopping' | 'ended' = 'starting';
  child: RunningChild | undefined;
  readonly #spec: ChildSpec;
  readonly #context: ChildContext;
  readonly #events: RunEvents;
  readonly #abort = new AbortController();
  /** Of its start, or of the step of its stop. */
  #deadline: Timer | undefined;
  #stopChecks: (() => void) | undefined;
  /** Why its start failed: known before it has ended. */
  #startFault: Fault | undefined;

  constructor(spec: ChildSpec, context: Omit<ChildContext, 'signal'>, events: RunEvents) {
    this.#spec = spec;
    this.#context = { ...context, signal: this.#abort.signal };
    this.#events = events;
  }

  /** Called once. */
  start(): void {
    const { startMs = 30_000 } = this.#spec;
    const fail = (error: unknown) => this.#failStart(error);
    try {
      this.child = this.#spec.start(this.#context);
    } catch (error) {
      fail(error);
      return;
    }
    Promise.resolve(this.child.ready).then(() => this.#becomeReady(), fail);
    this.child.exited.then(
      (exit) => this.#end(exit.kind === 'failed' ? exit.fault : undefined),
      (error: unknown) => this.#end(classify(error)),
    );
    this.#wait(startMs, () => fail(`it was not ready within ${startMs} ms`));
  }

  /** Stops it: abort signal, then its escalation. Harmless when it is stopping or over. Not from within `start`. */
  stop(): void {
    if (this.state === 'stopping' || this.state === 'ended') return;
    this.state = 'stopping';
    this.#stopChecks?.();
    const { supervisor } = this.#context;
    const { id, shutdownMs = 5000 } = this.#spec;
    const applied = ['abort'];
    const steps = this.child?.escalation?.values();
    const next = () => {
      const step = steps?.next().value;
      if (step === undefined) {
        const fault = supervisionFaults.CHILD_ABANDONED({ supervisor, child: id, steps: applied });
        return this.#end(fault, fault);
      }
      applied.push(step.name);
      try {
        step.apply();
      } catch (error) {
        applied.push(`(which failed: ${classify(error).message})`);
      }
      this.#wait(step.graceMs, next);
    };
    this.#abort.abort(stopped(`${supervisor} stops ${id}`));
    if (this.child) this.#wait(shutdownMs, next);
    else this.#end();
  }

  #wait(delayMs: number, then: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = Number.isFinite(delayMs) ? this.#context.clock.schedule(delayMs, then) : undefined;
  }

  #becomeReady(): void {
    if (this.state !== 'starting') return;
    this.state = 'running';
    this.#deadline?.cancel();
    const { health } = this.#spec;
    this.#stopChecks = health && watchHealth(health, this.#context.clock, this.#events.checked);
    this.#events.started();
  }

  #failStart(problem: unknown): void {
    if (this.state !== 'starting') return;
    this.#startFault = this.#notStarted(problem);
    this.stop();
  }

  #end(fault?: Fault, abandoned?: Fault): void {
    if (this.state === 'ended') return;
    if (this.state === 'starting') {
      this.#startFault = this.#notStarted(fault ?? 'it ended before it was ready');
    }
    this.state = 'ended';
    this.#deadline?.cancel();
    this.#stopChecks?.();
    // Doing as it was told is no failure.
    const obeyed = this.#abort.signal.aborted && isCancelled(fault);
    this.#events.ended(this.#startFault ?? (obeyed ? undefined : fault), abandoned);
  }

  #notStarted(cause: unknown): Fault {
    const { supervisor } = this.#context;
    const said = typeof cause === 'string';
    const problem = said ? cause : classify(cause).message;
    const facts = { supervisor, child: this.#spec.id, problem };
    return supervisionFaults.CHILD_START_FAILED(facts, said ? {} : { cause });
  }
}
