import { defineFaults, fault } from './define-faults.ts';
import type { FaultDeclaration } from './fault.ts';
import { type Severity, severity } from './severity.ts';

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
  UNEXPECTED: fault<ErrorFacts>({
    category: 'program',
    severity: severity.ERROR,
    recovery: 'escalate',
    message: ({ error, errorName }) => `${errorName}: ${error}`,
  }),
  CANCELLED: of('cancelled', severity.DEBUG, 'none', 'cancelled by the caller'),
  TIMEOUT: of('timeout', severity.WARNING, 'retry', 'no answer in time', { retryable: true }),
  CONNECTION_REFUSED: ofNetwork('nobody listens there'),
  CONNECTION_LOST: ofNetwork('the connection was lost'),
  HOST_NOT_FOUND: ofNetwork('the host has no address'),
  OUT_OF_MEMORY: of('resource', severity.CRITICAL, 'free_memory', 'out of memory'),
  DISK_FULL: of('resource', severity.ERROR, 'escalate', 'the disk is full'),
  TOO_MANY_OPEN_FILES: of('resource', severity.ERROR, 'escalate', 'no file descriptor is left', {
    retryable: true,
  }),
  PERMISSION_DENIED: ofSetup('permission denied', { autoRecoverable: false }),
  NOT_FOUND: ofSetup('no such file or folder'),
  ADDRESS_IN_USE: ofSetup('the address is taken by another program', { autoRecoverable: false }),
});

function ofNetwork(what: string) {
  return of('network', severity.ERROR, 'reconnect_retry', what, { retryable: true });
}

function ofSetup(what: string, more?: Partial<FaultDeclaration>) {
  return of('configuration', severity.ERROR, 'escalate', what, more);
}

function of(
  category: string,
  level: Severity,
  recovery: string,
  what: string,
  more?: Partial<FaultDeclaration>,
): FaultDeclaration<ErrorFacts> {
  const message = ({ error }: ErrorFacts) => `${what}: ${error}`;
  return { ...more, category, severity: level, recovery, message };
}
