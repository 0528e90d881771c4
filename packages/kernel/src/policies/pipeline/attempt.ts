import type { Operation } from '../../faults/index.ts';

/** What is done under the protection of the policies. It may answer at once, or throw. */
export type Work<T> = (attempt: Attempt) => Promise<T> | T;

/**
 * How far an attempt has come. `connected`: the other side answers. `chunk`: something came that is of no use yet.
 * `output`: something useful was passed on, to be heard or seen. `paused`, `resumed`: nobody asks for
 * more, and somebody does again; the time between is not the other side's.
 */
export type Progress = 'connected' | 'chunk' | 'output' | 'paused' | 'resumed';

/** One call of the work. */
export interface Attempt {
  /**
   * Aborts, with the reason, when this attempt should end: its time ran out (reason: the fault TIMED_OUT), or the
   * caller no longer wants it (the caller's own reason). Made when it is first read: work that cannot be stopped
   * need not pay for it.
   */
  readonly signal: AbortSignal;
  /** 1 for the first call of the work in this run, 2 for the second … whichever policy called for it. */
  readonly number: number;
  /** The operation that the run belongs to: the one it was given, else the current one, else one made for it. */
  readonly operation: Operation;
  /**
   * Tells the policies how far the work has come, for work that answers bit by bit. After `output` the run is neither
   * retried nor replaced when it fails: nobody wants to hear the beginning twice. Ignored when the attempt has ended.
   */
  progress(progress: Progress): void;
}

/** What an attempt asks of its run. */
export interface AttemptOwner {
  readonly operation: Operation;
  /** The signal of an attempt has been read for the first time. */
  onSignalRead(): void;
  onProgress(attempt: RunAttempt, progress: Progress): void;
}

/** @internal The attempt of a run. */
export interface RunAttempt extends Attempt {
  /** The work has ended: nobody tells it to any more. */
  end(): void;
  /** Tells the work to end. Only the first reason counts. */
  abort(reason: unknown): void;
}

/** @internal */
export function createAttempt(owner: AttemptOwner, number: number): RunAttempt {
  let controller: AbortController | undefined;
  let ended = false;
  const attempt: RunAttempt = {
    number,
    get operation() {
      return owner.operation;
    },
    get signal() {
      if (!controller) {
        controller = new AbortController();
        if (!ended) owner.onSignalRead();
      }
      return controller.signal;
    },
    progress(progress) {
      if (!ended && !controller?.signal.aborted) owner.onProgress(attempt, progress);
    },
    end() {
      ended = true;
    },
    abort(reason) {
      if (ended) return;
      controller ??= new AbortController();
      controller.abort(reason);
    },
  };
  return attempt;
}
