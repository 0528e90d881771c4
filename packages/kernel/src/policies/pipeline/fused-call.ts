import { createOperation, currentOperation, type Operation } from '../../faults/index.ts';
import { type AbortListener, listen, unlisten } from './abort-hub.ts';
import { type Attempt, type AttemptOwner, RunAttempt, type Work } from './attempt.ts';
import type { Call, Layer, LeaveHook, Refusal } from './layer.ts';
import { NOBODY, type Plan } from './plan.ts';
import { RESTED, rest, type Wait, waitFor } from './wait.ts';

/** What the caller of a run may say of it. */
interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly operation?: Operation | undefined;
  readonly name?: string | undefined;
}

/** The level of the caller, further out than all layers. */
const CALLER = -1;
const NOT_STOPPED = Number.MAX_SAFE_INTEGER;

/** What a call has come to. While it is pending it is on its way in. */
const PENDING = 0;
const SUCCEEDED = 1;
const FAILED = 2;
const CANCELLED = 3;
/** Failed, of a refusal that is not yet an error. */
const REFUSED = 4;

/** A call on its way through the layers: an interpreter of their hooks. */
export class FusedCall implements Call, AttemptOwner, AbortListener {
  /** The result, the error, or, while the outcome is REFUSED, the refusal. */
  value: unknown = undefined;
  readonly #plan: Plan;
  readonly #work: Work<unknown>;
  readonly #options: CallOptions | undefined;
  #operation: Operation | undefined;
  #outcome = PENDING;
  /** Where it stands; `layers.length` is the work. */
  #level = 0;
  /** The outermost level that has stopped it. */
  #stoppedAt = NOT_STOPPED;
  #attempt: RunAttempt | undefined = undefined;
  #wait: Wait | undefined = undefined;
  #listening = false;
  // What the layers remember. Fields, because an array for each call would cost more than most policies do.
  #memory0: unknown = undefined;
  #memory1: unknown = undefined;
  #memory2: unknown = undefined;
  #memory3: unknown = undefined;
  #memories: unknown[] | undefined = undefined;

  constructor(plan: Plan, work: Work<unknown>, options: CallOptions | undefined) {
    this.#plan = plan;
    this.#work = work;
    this.#options = options;
    this.#operation = options?.operation ?? currentOperation();
  }

  /** Goes on until it has to wait, and answers for what; undefined when it is over. */
  proceed(): Promise<unknown> | undefined {
    for (;;) {
      try {
        const waiting = this.#outcome === PENDING ? this.#goIn() : this.#goOut();
        if (waiting !== undefined) return waiting;
        if (this.#level < 0) return undefined;
      } catch (error) {
        this.onRejected(error);
      }
    }
  }

  #goIn(): Promise<unknown> | undefined {
    const { layers, timed, environment } = this.#plan;
    const nowMs = timed ? environment.clock.monotonicMs() : 0;
    for (; this.#level < layers.length; this.#level++) {
      const { enter } = layers[this.#level] as Layer;
      if (enter === undefined) continue;
      enter(this, nowMs);
      if (this.#outcome !== PENDING) return undefined;
    }
    this.#attempt = new RunAttempt(this, this.attempts + 1);
    const work = this.#work;
    return this.#take(work(this.#attempt));
  }

  #goOut(): Promise<unknown> | undefined {
    const { layers } = this.#plan;
    while (--this.#level >= 0) {
      const hook = this.#hookOf(layers[this.#level] as Layer);
      if (hook === undefined) continue;
      const waiting = hook(this);
      if (waiting !== undefined) return waiting;
      if (this.#outcome === PENDING) return undefined;
    }
    this.#attempt = undefined;
    if (this.#listening) unlisten(this.#options?.signal as AbortSignal, this);
    return undefined;
  }

  #hookOf(layer: Layer): LeaveHook | undefined {
    if (this.#outcome === SUCCEEDED) return layer.succeeded;
    return this.#outcome === CANCELLED ? layer.cancelled : layer.failed;
  }

  /** What the work, or a fallback, has answered: waited for only if it is a promise. */
  #take(answer: unknown): Promise<unknown> | undefined {
    const promise = promiseOf(answer);
    if (promise === undefined) {
      this.succeed(answer);
      return undefined;
    }
    const abandonedFrom = this.#plan.abandonedFrom[this.#level] as number;
    return abandonedFrom === NOBODY ? promise : this.#await(waitFor(promise, abandonedFrom));
  }

  #await(wait: Wait): Promise<unknown> {
    this.#wait = wait;
    this.#listen();
    if (this.isStopped(wait.interruptibleFrom + 1)) wait.interrupt();
    return wait.promise;
  }

  onFulfilled(value: unknown): void {
    this.#wait = undefined;
    if (value !== RESTED) this.succeed(value);
    else if (this.isStopped(this.#level)) this.cancel();
  }

  onRejected(error: unknown): void {
    this.#wait = undefined;
    // What was told to stop fails of that, whatever it says.
    if (this.isStopped(this.#level)) this.cancel();
    else this.fail(error);
  }

  result(): unknown {
    if (this.#outcome === SUCCEEDED) return this.value;
    throw this.#rejection();
  }

  settled(): Promise<unknown> {
    return this.#outcome === SUCCEEDED ? Promise.resolve(this.value) : Promise.reject(this.#rejection());
  }

  #rejection(): unknown {
    return this.#outcome === CANCELLED ? this.#options?.signal?.reason : this.error;
  }

  // For the layers: see Call.

  get error(): unknown {
    if (this.refusal !== undefined) this.fail(this.refusal.toFault(this.operationId));
    return this.value;
  }

  get refusal(): Refusal | undefined {
    return this.#outcome === REFUSED ? (this.value as Refusal) : undefined;
  }

  get attempts(): number {
    return this.#attempt === undefined ? 0 : this.#attempt.number;
  }

  get operationId(): string | undefined {
    return this.#operation?.id;
  }

  remember(level: number, memory: unknown): void {
    if (level === 0) this.#memory0 = memory;
    else if (level === 1) this.#memory1 = memory;
    else if (level === 2) this.#memory2 = memory;
    else if (level === 3) this.#memory3 = memory;
    else {
      this.#memories ??= [];
      this.#memories[level] = memory;
    }
  }

  recall(level: number): unknown {
    if (level === 0) return this.#memory0;
    if (level === 1) return this.#memory1;
    if (level === 2) return this.#memory2;
    return level === 3 ? this.#memory3 : this.#memories?.[level];
  }

  succeed(value: unknown): void {
    this.#outcome = SUCCEEDED;
    this.value = value;
  }

  fail(error: unknown): void {
    this.#outcome = FAILED;
    this.value = error;
  }

  refuse(refusal: Refusal): void {
    this.#outcome = REFUSED;
    this.value = refusal;
  }

  cancel(): void {
    this.#outcome = CANCELLED;
    this.value = undefined;
  }

  isStopped(level: number): boolean {
    if (this.#options?.signal?.aborted) this.#stoppedAt = CALLER;
    return this.#stoppedAt < level;
  }

  stop(level: number, reason: unknown): void {
    if (level >= this.#stoppedAt) return;
    this.#stoppedAt = level;
    this.#attempt?.abort(reason);
    if (this.#wait !== undefined && level <= this.#wait.interruptibleFrom) this.#wait.interrupt();
  }

  stopEnded(level: number): void {
    if (this.#stoppedAt === level) this.#stoppedAt = NOT_STOPPED;
  }

  again(level: number, delayMs: number): Promise<unknown> | undefined {
    if (this.isStopped(level)) {
      this.cancel();
      return undefined;
    }
    this.#attempt?.end();
    this.#outcome = PENDING;
    this.value = undefined;
    this.#level = level + 1;
    for (let inner = level + 1; inner < this.#plan.layers.length; inner++) this.remember(inner, undefined);
    if (delayMs === 0) return undefined;
    return this.#await(rest(this.#plan.environment.clock, delayMs, level));
  }

  answerWith(answer: (attempt: Attempt) => unknown): Promise<unknown> | undefined {
    this.#attempt = new RunAttempt(this, this.attempts);
    return this.#take(answer(this.#attempt));
  }

  // For the attempts and the caller's signal: see AttemptOwner and AbortListener.

  get operation(): Operation {
    const { name, random } = this.#plan.environment;
    this.#operation ??= createOperation(this.#options?.name ?? name, random);
    return this.#operation;
  }

  onSignalRead(attempt: RunAttempt): void {
    if (attempt === this.#attempt) this.#listen();
  }

  onAbort(reason: unknown): void {
    this.stop(CALLER, reason);
  }

  /** Only runs that have something to stop listen to the caller; the others look when they come by. */
  #listen(): void {
    const signal = this.#options?.signal;
    if (signal === undefined || this.#listening) return;
    if (signal.aborted) {
      this.onAbort(signal.reason);
    } else {
      this.#listening = true;
      listen(signal, this);
    }
  }
}

/** `value` as a promise; undefined when there is nothing to wait for. */
function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise) return value;
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const { then } = value as { readonly then?: unknown };
  return typeof then === 'function' ? Promise.resolve(value) : undefined;
}
