import type { Severity } from './severity.ts';

/** An error that is not a Fault, or anything else that was thrown, as plain data. */
export interface ErrorJson {
  /** Of what is no error, its kind: `thrown string`. */
  readonly name: string;
  /** Of what is no error, its data. */
  readonly message: string;
  /** Its own, or its cause's. */
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: FaultJson | ErrorJson | undefined;
}

/** A Fault as plain data, with the chain of causes, and the fields that a class of a user has added. */
export interface FaultJson extends ErrorJson {
  readonly system: string;
  readonly code: string;
  readonly category: string;
  readonly severity: Severity;
  readonly recovery: string;
  readonly retryable: boolean;
  readonly autoRecoverable: boolean;
  readonly userMessage?: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly operationId?: string | undefined;
}
