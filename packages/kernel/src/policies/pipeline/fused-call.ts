import { createOperation, currentOperation, type Operation } from '../../faults/index.ts';
import { type AbortListener, listen, unlisten } from './abort-hub.ts';
import { type Attempt, type AttemptOwner, type Progress, RunAttempt, type Work } from './attempt.ts';
import { changes } from './gate.ts';
import type { Call, Layer, LeaveHook } from './layer.ts';
import { NOBODY, type Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import type { RunOptions } from './run-options.ts';
import { ADMITTED, type Hold, held, OVER, rest, type Wait, waitFor } from './wait.ts';

/** The level of the caller, further out than all layers. */
const CALLER = -1;
const NOT_STOPPED = 2 ** 30 - 1;

/** What a call has come to. While it is pending it is on its way in. */
const PENDING = 0;
const SUCCEEDED = 1;
const FAILED = 2;
const CANCELLED = 3;
/** Failed, of a refusal that is not yet an error. */
const REFUSED = 4;

const NO_OPTIONS: RunOptions = Object.freeze({});

/**
 * A call on its way through the layers: an interpreter of their hooks. The work gets it as its first attempt, and most
 * work asks nothing of that: the attempt itself is made when something is asked of it.
 */
export class FusedCall implements Call, Attempt, AttemptOwner, AbortListener {
  /** The result, the error, or, while the outcome is REFUSED, the refusal. */
  value: unknown = undefined;
  attempts = 0;
  began = -1;
  readonly #plan: Plan;
  readonly #work: Work<unknown>;
  readonly #options: RunOptions | undefined;
  #operation: Operation | undefined;
  #outcome = PENDING;
  /** Where it stands; `layers.length` is the work. */
  #level = 0;
  /** The outermost level that has stopped it. */
  #stoppedAt = NOT_STOPPED;
  /** The first attempt, and the one after it that runs now. */
  #first: RunAttempt | undefined = undefined;
  #later: RunAttempt | undefined = undefined;
  #wait: Wait | undefined = undefined;
  /** Whether it has passed the gates, and no hook since. */
  #express = false;
  #listening = false;
  #delivered = false;
  // What the layers remember: the two with deadlines in fields, because an array would cost more than they do.
  #place0: unknown = undefined;
  #place1: unknown = undefined;
  #memories: unknown[] | undefined = undefined;

  constructor(plan: Plan, work: Work<unknown>, options: RunOptions | undefined) {
    this.#plan = plan;
    this.#work = work;
    this.#options = options;
    this.#operation = options?.operation ?? currentOperation();
  }

  /** Goes in, past the gates where it can. Answers what to wait for; undefined when it is over. */
  begin(): Promise<unknown> | undefined {
    const plan = this.#plan;
    if (!plan.express) return this.proceed();
    const nowMs = plan.timed ? plan.environment.clock.monotonicMs() : 0;
    const { gate0, gate1, gate2, gate3, deadlines0, deadlines1 } = plan;
    if (
      gate0.active >= gate0.limit ||
      nowMs >= gate0.untilMs ||
      gate1.active >= gate1.limit ||
      nowMs >= gate1.untilMs ||
      gate2.active >= gate2.limit ||
      nowMs >= gate2.untilMs ||
      gate3.active >= gate3.limit ||
      nowMs >= gate3.untilMs
    ) {
      return this.proceed();
    }
    gate0.active++;
    gate1.active++;
    gate2.active++;
    gate3.active++;
    if (deadlines0 !== undefined) this.#place0 = deadlines0.add(this, nowMs);
    if (deadlines1 !== undefined) this.#place1 = deadlines1.add(this, nowMs);
    this.began = changes.count;
    this.#express = true;
    this.#level = plan.layers.length;
    try {
      return this.#try() ?? this.proceed();
    } catch (error) {
      this.onRejected(error);
      return this.proceed();
    }
  }

  /** The first answer has come: goes out past the gates where it can. Answers whether it has. */
  passOut(): boolean {
    if (!this.#express || this.#stoppedAt !== NOT_STOPPED || this.began !== changes.count) return false;
    const { gate0, gate1, gate2, gate3, deadlines0, deadlines1 } = this.#plan;
    gate0.active--;
    gate0.successes = (gate0.successes + 1) | 0;
    gate1.active--;
    gate1.successes = (gate1.successes + 1) | 0;
    gate2.active--;
    gate2.successes = (gate2.successes + 1) | 0;
    gate3.active--;
    gate3.successes = (gate3.successes + 1) | 0;
    if (deadlines0 !== undefined) deadlines0.remove(this.#place0 as number);
    if (deadlines1 !== undefined) deadlines1.remove(this.#place1 as number);
    this.#level = -1;
    this.#leave();
    return true;
  }

  /** Goes on until it has to wait, and answers for what; undefined when it is over. */
  proceed(): Promise<unknown> | undefined {
    this.#express = false;
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
      const waiting = (layers[this.#level] as Layer).enter?.(this, nowMs);
      if (waiting !== undefined || this.#outcome !== PENDING) return waiting;
    }
    return this.#try();
  }

  #try(): Promise<unknown> | undefined {
    const work = this.#work;
    if (++this.attempts === 1) return this.#take(work(this));
    this.#later = new RunAttempt(this, this.attempts);
    return this.#take(work(this.#later));
  }

  #goOut(): Promise<unknown> | undefined {
    const { layers } = this.#plan;
    while (--this.#level >= 0) {
      const waiting = this.#hookOf(layers[this.#level] as Layer)?.(this);
      if (waiting !== undefined) return waiting;
      if (this.#outcome === PENDING) return undefined;
    }
    this.#leave();
    return undefined;
  }

  #leave(): void {
    if (this.#listening) unlisten(this.#options?.signal as AbortSignal, this);
  }

  #hookOf(layer: Layer): LeaveHook | undefined {
    if (this.#outcome === SUCCEEDED) return layer.succeeded;
    return this.#outcome === CANCELLED ? layer.cancelled : layer.failed;
  }

  /** What the work, or a fallback, has answered: waited for only if it is a promise. */
  #take(answer: unknown): Promise<unknown> | undefined {
    const promise = answer instanceof Promise ? answer : promiseOf(answer);
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
    if (value === ADMITTED) this.#level++;
    else if (value !== OVER) {
      const isAnswer = this.#outcome !== PENDING || this.#level === this.#plan.layers.length;
      if (isAnswer) this.succeed(value);
      else this.refuse(value as Refusal);
      return;
    }
    // It has waited on the way in: at a layer, or between two attempts.
    if (this.isStopped(this.#level)) this.cancel();
  }

  onRejected(error: unknown): void {
    this.#wait = undefined;
    // What was told to stop fails of that, whatever it says.
    if (this.isStopped(this.#level)) this.cancel();
    else this.fail(error);
  }

  /** The result of a call that is over. */
  result(): unknown {
    if (this.#outcome === SUCCEEDED) return this.value;
    throw this.#rejection();
  }

  settled(): Promise<unknown> {
    return this.#outcome === SUCCEEDED ? Promise.resolve(this.value) : rejected(this.#rejection());
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

  get delivered(): boolean {
    return this.#delivered;
  }

  get operationId(): string | undefined {
    return this.#operation?.id;
  }

  get options(): RunOptions {
    return this.#options ?? NO_OPTIONS;
  }

  remember(level: number, memory: unknown): void {
    if (level === this.#plan.level0) this.#place0 = memory;
    else if (level === this.#plan.level1) this.#place1 = memory;
    else {
      this.#memories ??= [];
      this.#memories[level] = memory;
    }
  }

  recall(level: number): unknown {
    if (level === this.#plan.level0) return this.#place0;
    return level === this.#plan.level1 ? this.#place1 : this.#memories?.[level];
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
    if (this.attempts > 0) this.#attempt.abort(reason);
    if (this.#wait !== undefined && level <= this.#wait.interruptibleFrom) this.#wait.interrupt();
  }

  stopEnded(level: number): void {
    if (this.#stoppedAt === level) this.#stoppedAt = NOT_STOPPED;
  }

  hold(level: number, hold: Hold): Promise<unknown> {
    return this.#await(held(hold, level - 1));
  }

  again(level: number, delayMs: number): Promise<unknown> | undefined {
    if (this.isStopped(level)) {
      this.cancel();
      return undefined;
    }
    this.#attempt.end();
    this.#outcome = PENDING;
    this.value = undefined;
    for (let inner = level + 1; inner < this.#plan.layers.length; inner++) this.remember(inner, undefined);
    this.#level = level + 1;
    if (delayMs === 0) return undefined;
    return this.#await(rest(this.#plan.environment.clock, delayMs, level));
  }

  answerWith(answer: (attempt: Attempt) => unknown): Promise<unknown> | undefined {
    this.#later = new RunAttempt(this, this.attempts);
    return this.#take(answer(this.#later));
  }

  // For the work: see Attempt. This is the first one.

  get number(): number {
    return 1;
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  progress(progress: Progress): void {
    this.#own.progress(progress);
  }

  get #own(): RunAttempt {
    this.#first ??= new RunAttempt(this, 1);
    return this.#first;
  }

  get #attempt(): RunAttempt {
    return this.#later ?? this.#own;
  }

  // For the attempts and the caller's signal: see AttemptOwner and AbortListener.

  get operation(): Operation {
    const { name, random } = this.#plan.environment;
    this.#operation ??= createOperation(this.#options?.name ?? name, random);
    return this.#operation;
  }

  onSignalRead(attempt: RunAttempt): void {
    if (this.#runs(attempt)) this.#listen();
  }

  onProgress(attempt: RunAttempt, progress: Progress): void {
    if (!this.#runs(attempt)) return;
    if (progress === 'output') this.#delivered = true;
    for (const { progressed } of this.#plan.layers) progressed?.(this, progress);
    this.#options?.onProgress?.(progress);
  }

  #runs(attempt: RunAttempt): boolean {
    return this.#level >= 0 && attempt === this.#attempt;
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

/**
 * A promise that rejects once its caller has had the time to say what then: the host follows promises that reject before
 * that, which costs more than the rest of a refused call.
 */
export function rejected(reason: unknown): Promise<never> {
  return new Promise((_, reject) => {
    void SETTLED.then(() => reject(reason));
  });
}

const SETTLED = Promise.resolve();

/** `value` as a promise; undefined when there is nothing to wait for. */
function promiseOf(value: unknown): Promise<unknown> | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const { then } = value as { readonly then?: unknown };
  return typeof then === 'function' ? Promise.resolve(value) : undefined;
}
