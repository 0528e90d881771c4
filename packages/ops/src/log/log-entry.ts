import type { ErrorJson, SeverityName } from '@sustain/kernel';

/**
 * One line of a log, as JSON. What is not known is left out. Everything in it is safe to write: secrets are redacted,
 * circles cut, and what is too long is shortened before it gets here.
 */
export interface LogEntry {
  /** ISO 8601 in UTC, with milliseconds: `2026-11-22T13:40:25.123Z`. */
  readonly timestamp: string;
  readonly level: SeverityName;
  /** Who says so: `auralis/synthesis`, `server`. */
  readonly module: string;
  /** For engineers, in one sentence. */
  readonly message: string;
  /** The code of the fault: `SYNTHESIS_FAILED`. */
  readonly errorCode?: string;
  /** Facts about this occurrence. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Of the run of the program: one UUID from start to end. */
  readonly sessionId: string;
  /** Whom it concerns; of the context's `userId`. */
  readonly userId?: string;
  /** The unit of work in which it happened; the same in logs, signals and API answers. */
  readonly operationId?: string;
  /** How long something took. */
  readonly performance?: LogPerformance;
  /** The error with its stack and its causes, where there is one and stacks are wanted. */
  readonly error?: ErrorJson;
}

export interface LogPerformance {
  readonly operation: string;
  /** Milliseconds. */
  readonly durationMs: number;
}
