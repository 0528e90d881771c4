import { classify, type Fault, kernelFaults } from '../faults/index.ts';
import type { Clock } from '../time/index.ts';
import type { ChildContext, ChildSpec, RunningChild } from './child.ts';
import type { ExitReason } from './exit-reason.ts';
import { supervisionFaults } from './supervision-faults.ts';

const DEFAULT_START_MS = 30_000;
const DEFAULT_SHUTDOWN_MS = 5000;

/** How one run of a child ended. */
export interface RunEnd {
  readonly reason: ExitReason;
  /** Set when it did not exit whatever was done, and may still run. */
  readonly abandoned?: Fault;
}

export interface RunEvents {
  /** It is ready. At most once, before `ended`. */
  started(): void;
  /** It is over. Exactly once. */
  ended(end: RunEnd): void;
}

/**
 * One run of a child, from its start to its end. It always ends after `stop`, at the latest when all grace times
 * have passed. Events never come synchronously from a call.
 */
export class ChildRun {
  readonly #spec: ChildSpec;
  readonly #context: ChildContext;
  readonly #events: RunEvents;
  readonly #abort: AbortController;
  readonly #startDeadline = new AbortController();
  readonly #over = new AbortController();
  #state: 'starting' | 'running' | 'stopping' | 'ended' = 'starting';
  #ready = false;
  #child: RunningChild | undefined;
  /** Why its start failed: known before it has ended. */
  #startFault: Fault | undefined;

  /** Starts it. */
  constructor(spec: ChildSpec, context: Omit<ChildContext, 'signal'>, events: RunEvents) {
    this.#spec = spec;
    this.#abort = new AbortController();
    this.#context = { ...context, signal: this.#abort.signal };
    this.#events = events;
    this.#start().catch((error: unknown) => this.#end(failed(error)));
  }

  get state(): 'starting' | 'running' | 'stopping' | 'ended' {
    return this.#state;
  }

  get child(): RunningChild | undefined {
    return this.#child;
  }

  /** Stops it: abort signal, then its escalation. Harmless when it is stopping or over. */
  stop(): void {
    if (this.#state === 'stopping' || this.#state === 'ended') return;
    this.#state = 'stopping';
    this.#startDeadline.abort();
    this.#stop().catch((error: unknown) => this.#end(failed(error)));
  }

  async #start(): Promise<void> {
    await undefined; // A start that fails at once must not do so inside the supervisor's own step.
    if (this.#state !== 'starting') return;
    try {
      this.#child = this.#spec.start(this.#context);
    } catch (error) {
      this.#startFault = this.#notStarted(error);
      this.#end({ kind: 'finished' });
      return;
    }
    const { ready, exited } = this.#child;
    Promise.resolve(ready).then(
      () => this.#becomeReady(),
      (error: unknown) => this.#failStart(error),
    );
    exited.then(
      (reason) => this.#end(reason),
      (error: unknown) => this.#end(failed(error)),
    );
    this.#watchStart(this.#spec.startMs ?? DEFAULT_START_MS);
  }

  #watchStart(startMs: number): void {
    if (startMs === Number.POSITIVE_INFINITY) return;
    const late = () => this.#failStart(`it was not ready within ${startMs} ms`);
    this.#context.clock.sleep(startMs, { signal: this.#startDeadline.signal }).then(late, () => undefined);
  }

  #becomeReady(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.#ready = true;
    this.#startDeadline.abort();
    this.#events.started();
  }

  #failStart(problem: unknown): void {
    if (this.#state !== 'starting') return;
    this.#startFault = this.#notStarted(problem);
    this.stop();
  }

  async #stop(): Promise<void> {
    const applied = ['abort'];
    this.#abort.abort(stopReason(this.#context, this.#spec));
    await undefined;
    if (this.#child === undefined) return this.#end({ kind: 'finished' });
    if (await this.#endsWithin(this.#spec.shutdownMs ?? DEFAULT_SHUTDOWN_MS)) return;
    for (const step of this.#child.escalation ?? []) {
      applied.push(step.name);
      try {
        step.apply();
      } catch (error) {
        applied.push(`(which failed: ${classify(error).message})`);
      }
      if (await this.#endsWithin(step.graceMs)) return;
    }
    const { supervisor } = this.#context;
    const fault = supervisionFaults.CHILD_ABANDONED({ supervisor, child: this.#spec.id, steps: applied });
    this.#end({ kind: 'failed', fault }, fault);
  }

  /** Whether it is over, having waited for `graceMs` at most. */
  async #endsWithin(graceMs: number): Promise<boolean> {
    const over = this.#over.signal;
    if (graceMs > 0) await waitUntil(this.#context.clock, graceMs, over);
    return over.aborted;
  }

  #end(reason: ExitReason, abandoned?: Fault): void {
    if (this.#state === 'ended') return;
    const wasStarting = this.#state === 'starting';
    this.#state = 'ended';
    this.#startDeadline.abort();
    this.#over.abort();
    this.#events.ended({ reason: this.#reasonOf(reason, wasStarting), ...(abandoned && { abandoned }) });
  }

  #reasonOf(reason: ExitReason, wasStarting: boolean): ExitReason {
    if (this.#startFault !== undefined) return { kind: 'failed', fault: this.#startFault };
    if (wasStarting && !this.#ready) {
      const problem = reason.kind === 'failed' ? reason.fault : 'it ended before it was ready';
      return { kind: 'failed', fault: this.#notStarted(problem) };
    }
    // Doing as it was told is no failure.
    const obeyed = this.#abort.signal.aborted && reason.kind === 'failed' && isCancelled(reason.fault);
    return obeyed ? { kind: 'finished' } : reason;
  }

  #notStarted(problem: unknown): Fault {
    const { supervisor } = this.#context;
    const said = typeof problem === 'string';
    return supervisionFaults.CHILD_START_FAILED(
      { supervisor, child: this.#spec.id, problem: said ? problem : classify(problem).message },
      said ? {} : { cause: problem },
    );
  }
}

function failed(error: unknown): ExitReason {
  return { kind: 'failed', fault: classify(error) };
}

function isCancelled(fault: Fault): boolean {
  return kernelFaults.CANCELLED.matches(fault);
}

function stopReason(context: ChildContext, spec: ChildSpec): Fault {
  const error = `${context.supervisor} stops ${spec.id}`;
  return kernelFaults.CANCELLED({ error, errorName: 'AbortError' });
}

/** Resolves when `signal` aborts or `delayMs` have passed; Infinity waits for the signal only. */
async function waitUntil(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (delayMs !== Number.POSITIVE_INFINITY) {
    await clock.sleep(delayMs, { signal }).catch(() => undefined);
    return;
  }
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
