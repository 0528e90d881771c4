import { classify, isRetryableError, severityName } from '@sustain/kernel';
import type { ErrorInfo } from './run.ts';

/** @internal Where an error happened. */
export interface ErrorPlace {
  readonly operation: string;
  readonly stage?: string | undefined;
  readonly operationId: string;
  readonly wallMs: number;
}

/** @internal Whatever was thrown, as what may be kept of it in a session. Never throws. */
export function errorInfo(error: unknown, { operation, stage, operationId, wallMs }: ErrorPlace): ErrorInfo {
  const fault = classify(error);
  const { errorName, errorCode } = fault.context;
  // The text of an error that nobody has declared may hold anything: an address with a password, what a user has said.
  const undeclared = [errorName, errorCode].filter((part) => typeof part === 'string').join(' ');
  const message = fault.system === 'kernel' ? undeclared || fault.code : fault.message;
  return {
    code: fault.code,
    message: message.slice(0, MAX_MESSAGE),
    severity: severityName(fault.severity),
    retryable: isRetryableError(error),
    operationId: fault.operationId ?? operationId,
    operation,
    ...(stage !== undefined && { stage }),
    wallMs,
  };
}

const MAX_MESSAGE = 500;
