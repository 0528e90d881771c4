import { defineFaults } from './define-faults.ts';
import type { FaultDeclaration } from './fault.ts';
import { severity } from './severity.ts';

/** What can be said of an error by itself, without knowing the system that it happened in. */
export interface ErrorFacts extends Readonly<Record<string, unknown>> {
  /** The error's message. */
  readonly error: string;
  /** The error's name, as `TypeError`. */
  readonly errorName: string;
  /** The host's code, as `ECONNREFUSED`, where it has one. */
  readonly errorCode?: string | undefined;
}

/** The faults that any program knows: what `classify` makes of errors that nobody declared, and of rejections. */
export const kernelFaults = defineFaults('kernel', {
  UNEXPECTED: of('program', 'escalate'),
  CANCELLED: of('cancelled', 'none', { severity: severity.DEBUG }),
  TIMEOUT: of('timeout', 'retry', { severity: severity.WARNING, retryable: true }),
  CONNECTION_REFUSED: ofNetwork(),
  CONNECTION_LOST: ofNetwork(),
  HOST_NOT_FOUND: ofNetwork(),
  OUT_OF_MEMORY: of('resource', 'free_memory', { severity: severity.CRITICAL }),
  DISK_FULL: of('resource', 'escalate'),
  TOO_MANY_OPEN_FILES: of('resource', 'escalate', { retryable: true }),
  PERMISSION_DENIED: of('configuration', 'escalate', { autoRecoverable: false }),
  NOT_FOUND: of('configuration', 'escalate'),
  ADDRESS_IN_USE: of('configuration', 'escalate', { autoRecoverable: false }),
});

function ofNetwork() {
  return of('network', 'reconnect_retry', { retryable: true });
}

function of(
  category: string,
  recovery: string,
  more?: Partial<FaultDeclaration>,
): FaultDeclaration<ErrorFacts> {
  const message = ({ error, errorName }: ErrorFacts) => `${errorName}: ${error}`;
  return { severity: severity.ERROR, ...more, category, recovery, message };
}
