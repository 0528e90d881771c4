/** How a step, an undo or a safe state failed: it threw, it answered `false`, it took too long, the caller aborted. */
export type FailureReason = 'threw' | 'refused' | 'timed-out' | 'aborted';

export interface Failure {
  readonly reason: FailureReason;
  /** What it threw; `false`; a TimeoutError; the reason of the caller's signal. */
  readonly cause: unknown;
}

/** An undo that failed. */
export interface UndoFailure extends Failure {
  readonly step: string;
}

export type TransactionResult =
  | {
      /** All steps were done. */
      readonly state: 'done';
    }
  | (Failure & {
      /** What was done has been undone; `reason` and `cause` say why. An abort by the caller is no failure of anything. */
      readonly state: 'rolled-back';
      /** The step that failed, or that was to be next. */
      readonly step: string;
      /** The undos that failed, in the order in which they did. */
      readonly undoFailures: readonly UndoFailure[];
      /** Whether a safe state was reached; where none is declared, whether everything was undone. */
      readonly safe: boolean;
      /** The tries of a safe state that failed. */
      readonly safeFailures: readonly Failure[];
      /** Whether the step did not stop, and may take effect late. It was undone as far as it had come. */
      readonly abandoned: boolean;
    });
