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
import type { Call, Hold, Layer } from './layer.ts';
import type { Passage } from './passage.ts';
import type { Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import type { RunOptions } from './run-options.ts';

/** The level of the caller, further out than all layers. */
const CALLER = -1;
const NOT_STOPPED = 2 ** 30 - 1;

/** What a call has come to. While it is pending it is on its way in. */
const PENDING = 0;
const SUCCEEDED = 1;
const FAILED = 2;
const CANCELLED = 3;

/** What a wait between two attempts ends with. */
const HERE = Symbol();

/** A call on its way through the layers: an interpreter of their hooks. */
export class LayeredCall implements Call, AttemptOwner, AbortListener {
  /** The result or the error. */
  value: unknown = undefined;
  refusal: Refusal | undefined = undefined;
  attempts = 0;
  began = -1;
  delivered = false;
  readonly options: RunOptions;
  readonly #plan: Plan;
  readonly #work: Work<unknown>;
  #operation: Operation | undefined;
  #outcome = PENDING;
  /** Where it stands; `layers.length` is the work, -1 the end. */
  #level = 0;
  /** The outermost level that has stopped it. */
  #stoppedAt = NOT_STOPPED;
  /** The last one: of the work, or of a fallback. */
  attempt: RunAttempt | undefined = undefined;
  /** The one that the express is, whatever came after it. */
  first: RunAttempt | undefined = undefined;
  /** Ends the wait, and the innermost level whose stop does so. */
  #interrupt: (() => void) | undefined = undefined;
  #interruptibleFrom = 0;
  /** Of the layers, by level. */
  #memories: unknown[] = [];

  /** Begins outside of all layers; or at the work, for a call that has gone there past the gates. */
  constructor(plan: Plan, work: Work<unknown>, options: RunOptions, passage?: Passage) {
    this.#plan = plan;
    this.#work = work;
    this.options = options;
    if (!passage) {
      this.#operation = options.operation ?? currentOperation();
      return;
    }
    const { layers, deadlines0 } = plan;
    this.#operation = passage.current;
    this.began = passage.began;
    this.attempts = 1;
    this.attempt = this.first = createAttempt(this, 1);
    this.#level = passage.isOver ? -1 : layers.length;
    this.#memories = layers.map(
      ({ deadlines }) => deadlines && (deadlines === deadlines0 ? passage.place0 : passage.place1),
    );
    this.#interrupt = passage.interrupt;
    this.#interruptibleFrom = this.#abandonsAt();
  }

  get hasSucceeded(): boolean {
    return this.#outcome === SUCCEEDED;
  }

  /** What it rejects with, when it has not succeeded. */
  get reason(): unknown {
    return this.#outcome === CANCELLED ? this.options.signal?.reason : this.error;
  }

  /** Goes on until it has to wait, and answers for what; undefined when it is over. */
  proceed(): Promise<unknown> | undefined {
    const { layers, timed, clock } = this.#plan;
    /** When it began to go in. */
    let nowMs: number | undefined;
    for (;;) {
      try {
        let waiting: Promise<unknown> | undefined;
        if (this.#outcome === PENDING && this.isStopped(this.#level)) this.cancel();
        if (this.#outcome !== PENDING) {
          if (--this.#level < 0) {
            const { signal } = this.options;
            if (signal) unlisten(signal, this);
            return undefined;
          }
          const { succeeded, cancelled, failed } = layers[this.#level] as Layer;
          const leave =
            this.#outcome === SUCCEEDED ? succeeded : this.#outcome === CANCELLED ? cancelled : failed;
          nowMs = undefined;
          waiting = leave?.(this);
        } else if (this.#level < layers.length) {
          nowMs ??= timed ? clock.monotonicMs() : 0;
          waiting = (layers[this.#level] as Layer).enter?.(this, nowMs);
          if (!waiting && this.#outcome === PENDING) this.#level++;
        } else {
          this.attempts++;
          waiting = this.#attemptTo(this.#work);
        }
        if (waiting !== undefined) return waiting;
      } catch (error) {
        this.onRejected(error);
      }
    }
  }

  #attemptTo(work: Work<unknown>): Promise<unknown> | undefined {
    this.attempt = createAttempt(this, this.attempts);
    return this.take(work(this.attempt));
  }

  /** What the work, or a fallback, has answered: waited for only if it is a promise. */
  take(answer: unknown): Promise<unknown> | undefined {
    if (typeof (answer as Partial<Promise<unknown>> | null | undefined)?.then !== 'function') {
      this.succeed(answer);
      return undefined;
    }
    const promise = Promise.resolve(answer);
    const level = this.#abandonsAt();
    if (level < 0) return promise;
    return this.#wait(level, (resolve, reject) => {
      promise.then(resolve, reject);
      return reject;
    });
  }

  /** The innermost level that abandons what it now waits for; -1 when none does. */
  #abandonsAt(): number {
    return this.#plan.layers.findLastIndex(({ abandons }, level) => abandons && level < this.#level);
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
    if (value === HERE) return;
    if (this.#outcome !== PENDING || this.#level === this.#plan.layers.length) this.succeed(value);
    else if (value) this.refuse(value as Refusal);
    else this.#level++;
  }

  onRejected(error: unknown): void {
    this.#interrupt = undefined;
    // What was told to stop fails of that, whatever it says.
    if (this.isStopped(this.#level)) this.cancel();
    else this.fail(error);
  }

  // For the layers: see Call.

  get layered(): this {
    return this;
  }

  get error(): unknown {
    if (this.refusal) this.fail(this.refusal.toFault(this.operationId));
    return this.value;
  }

  get operationId(): string | undefined {
    return this.#operation?.id;
  }

  remember(level: number, memory: unknown): void {
    this.#memories[level] = memory;
  }

  recall(level: number): unknown {
    return this.#memories[level];
  }

  succeed(value: unknown): void {
    this.#end(SUCCEEDED, value);
  }

  fail(error: unknown): void {
    this.#end(FAILED, error);
  }

  refuse(refusal: Refusal): void {
    this.#end(FAILED, undefined, refusal);
  }

  cancel(): void {
    this.#end(CANCELLED);
  }

  #end(outcome: number, value?: unknown, refusal?: Refusal): void {
    this.#outcome = outcome;
    this.value = value;
    this.refusal = refusal;
  }

  isStopped(level: number): boolean {
    if (this.options.signal?.aborted) this.#stoppedAt = CALLER;
    return this.#stoppedAt < level;
  }

  stop(level: number, reason: unknown): void {
    if (level >= this.#stoppedAt) return;
    this.#stoppedAt = level;
    this.attempt?.abort(reason);
    if (level <= this.#interruptibleFrom) this.#interrupt?.();
  }

  stopEnded(): void {
    this.#stoppedAt = NOT_STOPPED;
  }

  hold(level: number, hold: Hold): Promise<unknown> {
    return this.#wait(level - 1, (resolve, reject) => {
      const giveUp = hold(resolve);
      return () => {
        giveUp();
        reject();
      };
    });
  }

  again(level: number, delayMs: number): Promise<unknown> | undefined {
    const { clock } = this.#plan;
    this.attempt?.end();
    this.#end(PENDING);
    this.#level = level + 1;
    this.#memories.splice(this.#level);
    if (delayMs === 0) return undefined;
    return this.#wait(level, (resolve, reject) => {
      const timer = clock.schedule(delayMs, () => resolve(HERE));
      return () => {
        timer.cancel();
        reject();
      };
    });
  }

  answerWith(answer: (attempt: Attempt) => unknown): Promise<unknown> | undefined {
    return this.isStopped(this.#level) ? (this.cancel() as undefined) : this.#attemptTo(answer);
  }

  // For the attempts, the express and the caller's signal.

  get operation(): Operation {
    const { name, random } = this.#plan;
    this.#operation ??= createOperation(this.options.name ?? name, random);
    return this.#operation;
  }

  /** Only runs that have something to stop listen to the caller; the others look when they come by. */
  onSignalRead(): void {
    const { signal } = this.options;
    if (!signal || this.#level < 0) return;
    if (signal.aborted) this.onAbort(signal.reason);
    else listen(signal, this);
  }

  onProgress(attempt: RunAttempt, progress: Progress): void {
    if (this.#level < 0 || attempt !== this.attempt) return;
    if (progress === 'output') this.delivered = true;
    for (const { progressed } of this.#plan.layers) progressed?.(this, progress);
    this.options.onProgress?.(progress);
  }

  onAbort(reason: unknown): void {
    this.stop(CALLER, reason);
  }
}
