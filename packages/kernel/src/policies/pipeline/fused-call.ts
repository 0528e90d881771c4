import { createOperation, currentOperation, type Operation } from '../../faults/index.ts';
import { type AbortListener, listen, unlisten } from './abort-hub.ts';
import {
  type Attempt,
  type AttemptOwner,
  createAttempt,
  type Progress,
  type RunAttempt,
  type Work,
} from './attempt.ts';
import { changes } from './gate.ts';
import type { Call, Layer } from './layer.ts';
import { NOBODY, type Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import type { RunOptions } from './run-options.ts';
import { ADMITTED, type Hold, OVER } from './wait.ts';

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
  delivered = false;
  /** As an attempt, it is the first. */
  readonly number = 1;
  readonly options: RunOptions;
  readonly #plan: Plan;
  readonly #work: Work<unknown>;
  #operation: Operation | undefined;
  #outcome = PENDING;
  /** Where it stands; `layers.length` is the work. */
  #level = 0;
  /** The outermost level that has stopped it. */
  #stoppedAt = NOT_STOPPED;
  /** The first attempt, and the one after it that runs now: of the work, or of a fallback. */
  #first: RunAttempt | undefined = undefined;
  #later: RunAttempt | undefined = undefined;
  /** Ends the wait, and the innermost level whose stop does so. */
  #interrupt: (() => void) | undefined = undefined;
  #interruptibleFrom = 0;
  /** Whether it has passed the gates, and no hook since. */
  #express = false;
  #listening = false;
  // What the layers remember: the two with deadlines in fields, because an array would cost more than they do.
  #memory0: unknown = undefined;
  #memory1: unknown = undefined;
  #memories: unknown[] | undefined = undefined;

  constructor(plan: Plan, work: Work<unknown>, options: RunOptions = NO_OPTIONS) {
    this.#plan = plan;
    this.#work = work;
    this.options = options;
    this.#operation = options.operation ?? currentOperation();
  }

  /** Goes in, past the gates where it can. Answers what to wait for; undefined when it is over. */
  begin(): Promise<unknown> | undefined {
    if (this.isStopped(0)) return this.cancel() as undefined;
    const { express, timed, clock, layers, gate0, gate1, gate2, gate3, deadlines0, deadlines1 } = this.#plan;
    if (!express) return this.proceed();
    const nowMs = timed ? clock.monotonicMs() : 0;
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
    if (deadlines0) this.#memory0 = deadlines0.add(this, nowMs);
    if (deadlines1) this.#memory1 = deadlines1.add(this, nowMs);
    this.began = changes.count;
    this.#express = true;
    this.#level = layers.length;
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
    deadlines0?.remove(this.#memory0 as number);
    deadlines1?.remove(this.#memory1 as number);
    this.#leave();
    return true;
  }

  /** Goes on until it has to wait, and answers for what; undefined when it is over. */
  proceed(): Promise<unknown> | undefined {
    const { layers, timed, clock } = this.#plan;
    /** When it began to go in. */
    let nowMs: number | undefined;
    this.#express = false;
    for (;;) {
      try {
        let waiting: Promise<unknown> | undefined;
        if (this.#outcome !== PENDING) {
          if (--this.#level < 0) return this.#leave();
          const { succeeded, cancelled, failed } = layers[this.#level] as Layer;
          const leave =
            this.#outcome === SUCCEEDED ? succeeded : this.#outcome === CANCELLED ? cancelled : failed;
          nowMs = undefined;
          waiting = leave?.(this);
        } else if (this.#level < layers.length) {
          nowMs ??= timed ? clock.monotonicMs() : 0;
          waiting = (layers[this.#level] as Layer).enter?.(this, nowMs);
          if (!waiting && this.#outcome === PENDING) this.#level++;
        } else waiting = this.#try();
        if (waiting !== undefined) return waiting;
      } catch (error) {
        this.onRejected(error);
      }
    }
  }

  #try(): Promise<unknown> | undefined {
    const work = this.#work;
    this.#later = ++this.attempts > 1 ? createAttempt(this, this.attempts) : undefined;
    return this.#take(work(this.#later ?? this));
  }

  #leave(): undefined {
    this.#level = -1;
    if (this.#listening) unlisten(this.options.signal as AbortSignal, this);
  }

  /** What the work, or a fallback, has answered: waited for only if it is a promise. */
  #take(answer: unknown): Promise<unknown> | undefined {
    if (typeof (answer as Partial<Promise<unknown>> | null | undefined)?.then !== 'function') {
      this.succeed(answer);
      return undefined;
    }
    const promise = Promise.resolve(answer);
    const abandonedFrom = this.#plan.abandonedFrom[this.#level] as number;
    if (abandonedFrom === NOBODY) return promise;
    return this.#wait(abandonedFrom, (resolve, reject) => {
      promise.then(resolve, reject);
      return reject;
    });
  }

  /** A wait that a stop at `level`, or further out, interrupts by what `begin` answers. */
  #wait(
    level: number,
    begin: (resolve: (value: unknown) => void, reject: () => void) => () => void,
  ): Promise<unknown> {
    const promise = new Promise((resolve, reject) => {
      this.#interrupt = begin(resolve, reject);
    });
    this.#interruptibleFrom = level;
    this.onSignalRead();
    if (this.isStopped(level + 1)) this.#interrupt?.();
    return promise;
  }

  onFulfilled(value: unknown): void {
    this.#interrupt = undefined;
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
    this.#interrupt = undefined;
    // What was told to stop fails of that, whatever it says.
    if (this.isStopped(this.#level)) this.cancel();
    else this.fail(error);
  }

  /**
   * The result of a call that is over, or a promise that rejects once its caller has had the time to say what then: the
   * host follows promises that reject before that, which costs more than the rest of a refused call.
   */
  result(): unknown {
    if (this.#outcome === SUCCEEDED) return this.value;
    const reason = this.#outcome === CANCELLED ? this.options.signal?.reason : this.error;
    return new Promise((_, reject) => {
      void SETTLED.then(() => reject(reason));
    });
  }

  // For the layers: see Call.

  get error(): unknown {
    if (this.refusal !== undefined) this.fail(this.refusal.toFault(this.operationId));
    return this.value;
  }

  get refusal(): Refusal | undefined {
    return this.#outcome === REFUSED ? (this.value as Refusal) : undefined;
  }

  get operationId(): string | undefined {
    return this.#operation?.id;
  }

  remember(level: number, memory: unknown): void {
    if (level === this.#plan.level0) this.#memory0 = memory;
    else if (level === this.#plan.level1) this.#memory1 = memory;
    else {
      this.#memories ??= [];
      this.#memories[level] = memory;
    }
  }

  recall(level: number): unknown {
    if (level === this.#plan.level0) return this.#memory0;
    return level === this.#plan.level1 ? this.#memory1 : this.#memories?.[level];
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
    if (this.options.signal?.aborted) this.#stoppedAt = CALLER;
    return this.#stoppedAt < level;
  }

  stop(level: number, reason: unknown): void {
    if (level >= this.#stoppedAt) return;
    this.#stoppedAt = level;
    if (this.attempts > 0 || this.#later) this.#attempt.abort(reason);
    if (level <= this.#interruptibleFrom) this.#interrupt?.();
  }

  stopEnded(): void {
    this.#stoppedAt = NOT_STOPPED;
  }

  hold(level: number, hold: Hold): Promise<unknown> {
    return this.#wait(level - 1, (resolve) => {
      const giveUp = hold((refusal) => resolve(refusal ?? ADMITTED));
      return () => {
        giveUp();
        resolve(OVER);
      };
    });
  }

  again(level: number, delayMs: number): Promise<unknown> | undefined {
    const { layers, clock } = this.#plan;
    this.#attempt.end();
    this.#outcome = PENDING;
    this.value = undefined;
    this.#level = level + 1;
    for (let inner = layers.length; --inner > level; ) this.remember(inner, undefined);
    if (delayMs === 0) return this.onFulfilled(OVER) as undefined;
    return this.hold(level + 1, (end) => {
      const timer = clock.schedule(delayMs, () => end(OVER));
      return () => timer.cancel();
    });
  }

  answerWith(answer: (attempt: Attempt) => unknown): Promise<unknown> | undefined {
    if (this.isStopped(this.#level)) return this.cancel() as undefined;
    this.#later = createAttempt(this, this.attempts);
    return this.#take(answer(this.#later));
  }

  // For the work: see Attempt. This is the first one.

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  progress(progress: Progress): void {
    this.#own.progress(progress);
  }

  get #own(): RunAttempt {
    this.#first ??= createAttempt(this, 1);
    return this.#first;
  }

  get #attempt(): RunAttempt {
    return this.#later ?? this.#own;
  }

  // For the attempts and the caller's signal: see AttemptOwner and AbortListener.

  get operation(): Operation {
    const { name, random } = this.#plan;
    this.#operation ??= createOperation(this.options.name ?? name, random);
    return this.#operation;
  }

  /** Only runs that have something to stop listen to the caller; the others look when they come by. */
  onSignalRead(): void {
    const { signal } = this.options;
    if (!signal || this.#listening || this.#level < 0) return;
    if (signal.aborted) this.onAbort(signal.reason);
    else listen(signal, this);
    this.#listening = true;
  }

  onProgress(attempt: RunAttempt, progress: Progress): void {
    if (this.#level < 0 || attempt !== this.#attempt) return;
    if (progress === 'output') this.delivered = true;
    for (const { progressed } of this.#plan.layers) progressed?.(this, progress);
    this.options.onProgress?.(progress);
  }

  onAbort(reason: unknown): void {
    this.stop(CALLER, reason);
  }
}

const SETTLED = Promise.resolve();
