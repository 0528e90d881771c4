import type { Fault } from '../../faults/index.ts';
import type { SignalSink } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import type { Attempt, Progress } from './attempt.ts';
import type { DeadlineQueue } from './deadline-queue.ts';
import type { Gate } from './gate.ts';
import type { Refusal } from './refusal.ts';
import type { RunOptions } from './run-options.ts';

/**
 * What one policy does in one pipeline: hooks on the way of a call. The pipeline calls `enter` of each layer from
 * the outermost to the innermost, then the work, then for each layer from the innermost to the outermost the hook
 * for what the call has come to by then. A hook changes that by what it tells the `Call`.
 *
 * Whoever was entered is left exactly once; who refused, or was not reached, is not left. A hook that throws makes
 * the call fail with its error, for the layers further out. Hooks run synchronously, one call at a time.
 *
 * When all layers of a pipeline can say by a gate or a deadline what they do to a call that nothing stands in the way
 * of, such a call passes without their hooks. Hooks and gate must therefore do the same.
 *
 * Layers are plain objects made by `layer()`, all of one shape, with functions for hooks: calls through them cost
 * the same whatever other policies the program uses.
 */
export interface Layer {
  /** Lets calls pass without `enter` and `succeeded`. */
  readonly gate: Gate | undefined;
  /** Likewise: the call waits in the queue at its place, which is what the layer remembers. */
  readonly deadlines: DeadlineQueue<Waiter> | undefined;
  /** On the way in. `nowMs` is the monotonic time when the layer is `timed`, else 0. May answer what `Call.hold` does. */
  readonly enter: ((call: Call, nowMs: number) => Promise<unknown> | undefined) | undefined;
  /** On the way out. A promise makes the call wait: for what `Call.again` or `Call.answerWith` says. */
  readonly succeeded: LeaveHook | undefined;
  readonly failed: LeaveHook | undefined;
  /** Something further out stopped the call. The layer takes back what it did and judges nothing. */
  readonly cancelled: LeaveHook | undefined;
  /** The work has told how far it has come. */
  readonly progressed: ((call: Call, progress: Progress) => void) | undefined;
  /** Splits the pipeline: what is inside of the layer becomes runs of their own, to be made when and as often as it likes. */
  readonly around: ((inside: Inside, attempt: Attempt, options: RunOptions) => Promise<unknown>) | undefined;
  /** Whether `enter` wants the time. One reading serves all layers. */
  readonly timed: boolean;
  /** Whether a call that is stopped at this layer or further out is answered at once, work or no work. */
  readonly abandons: boolean;
}

export type LeaveHook = (call: Call) => Promise<unknown> | undefined;

/** Runs what is inside of a layer, once. */
export type Inside = (options: RunOptions) => Promise<unknown>;

/** A layer with the given hooks and none for the rest. */
export function layer(hooks: Partial<Layer>): Layer {
  return { ...NONE, ...hooks };
}

const NONE: Layer = {
  gate: undefined,
  deadlines: undefined,
  enter: undefined,
  succeeded: undefined,
  failed: undefined,
  cancelled: undefined,
  progressed: undefined,
  around: undefined,
  timed: false,
  abandons: false,
};

/** From a leave hook of the layer that stopped the call: it fails of `fault`, unless something further out stopped it too. */
export function failStopped(call: Call, level: number, fault: Fault): void {
  if (call.isStopped(level)) call.cancel();
  else {
    call.fail(fault);
    call.stopEnded();
  }
}

/** What a pipeline lends to its policies. */
export interface Environment {
  /** The pipeline's name. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/**
 * Begins a wait on the way in. It gets what ends the wait: nothing admits the call, a refusal refuses it; only the
 * first ending counts. Answers how to give the wait up, which is harmless when it has ended.
 */
export type Hold = (end: (refusal?: Refusal) => void) => () => void;

/** What waits for a deadline: a call, or one that has passed by the gates and becomes one when it is looked at. */
export interface Waiter {
  readonly layered: Call;
}

/** One run of a pipeline, as its layers see it. `level` is always the layer's own, 0 for the outermost. */
export interface Call extends Waiter {
  /** The result, when the call has succeeded. */
  readonly value: unknown;
  /** The error, when the call has failed. Makes the fault of a refusal. */
  readonly error: unknown;
  /** The refusal, when the call has failed of one that nobody has looked at as an error. */
  readonly refusal: Refusal | undefined;
  /** How often the work was called. */
  readonly attempts: number;
  /** Whether the work has passed on output that cannot be taken back. */
  readonly delivered: boolean;
  readonly operationId: string | undefined;
  /** What the caller has said of the run. */
  readonly options: RunOptions;
  /** `changes.count` at the time when the call passed the gates; -1 when it did not. */
  readonly began: number;

  /** Keeps one thing for the layer until it goes in again through a layer further out. */
  remember(level: number, memory: unknown): void;
  /** What the layer has remembered; undefined when nothing, or when the call has passed by the layer's gate. */
  recall(level: number): unknown;

  /** From `enter`: the call waits. Once admitted it has entered the layer. Answer what it answers. */
  hold(level: number, hold: Hold): Promise<unknown>;

  /** From `enter`: the call succeeds without going further in. From a leave hook: it now counts as succeeded. */
  succeed(value: unknown): void;
  /** Likewise, as failed. */
  fail(error: unknown): void;
  /** Likewise, as failed of a refusal. */
  refuse(refusal: Refusal): void;
  /** Likewise, as stopped from further out than the layer. */
  cancel(): void;

  /** Whether something further out than `level` has stopped the call: a timeout, or the caller. */
  isStopped(level: number): boolean;
  /** Stops what is inside `level`: aborts the attempt, ends waits. Harmless when something further out did so. */
  stop(level: number, reason: unknown): void;
  /** The layer that stopped the call has seen it come out: it may go in again. */
  stopEnded(): void;

  /** From a leave hook: the call goes in again, from just inside `level`, after `delayMs`. Answer what it answers. */
  again(level: number, delayMs: number): Promise<unknown> | undefined;
  /** From a leave hook: what `answer` makes becomes the outcome of the call. Answer what it answers. */
  answerWith(answer: (attempt: Attempt) => unknown): Promise<unknown> | undefined;
}
