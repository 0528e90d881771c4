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

const again = { retryable: true };
const byHand = { autoRecoverable: false };

/** The faults that any program knows: what `classify` makes of errors that nobody declared, and of rejections. */
export const kernelFaults = defineFaults('kernel', {
  UNEXPECTED: of('program', 'escalate'),
  CANCELLED: of('cancelled', 'none', { severity: severity.DEBUG }),
  TIMEOUT: of('timeout', 'retry', { severity: severity.WARNING, ...again }),
  CONNECTION_REFUSED: of('network', 'reconnect_retry', again),
  CONNECTION_LOST: of('network', 'reconnect_retry', again),
  HOST_NOT_FOUND: of('network', 'reconnect_retry', again),
  OUT_OF_MEMORY: of('resource', 'free_memory', { severity: severity.CRITICAL }),
  DISK_FULL: of('resource', 'escalate'),
  TOO_MANY_OPEN_FILES: of('resource', 'escalate', again),
  PERMISSION_DENIED: of('configuration', 'escalate', byHand),
  NOT_FOUND: of('configuration', 'escalate'),
  ADDRESS_IN_USE: of('configuration', 'escalate', byHand),
});

function of(
  category: string,
  recovery: string,
  more?: Partial<FaultDeclaration>,
): FaultDeclaration<ErrorFacts> {
  const message = ({ error, errorName }: ErrorFacts) => `${errorName}: ${error}`;
  return { severity: severity.ERROR, ...more, category, recovery, message };
}
