import { defineFaults, fault } from './define-faults.ts';
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

const tell = (what: string) => (facts: ErrorFacts) => `${what}: ${facts.error}`;

/** The faults that any program knows: what `classify` makes of errors that nobody declared, and of rejections. */
export const kernelFaults = defineFaults('kernel', {
  UNEXPECTED: fault<ErrorFacts>({
    category: 'program',
    severity: severity.ERROR,
    recovery: 'escalate',
    message: ({ error, errorName }) => `${errorName}: ${error}`,
  }),
  CANCELLED: fault<ErrorFacts>({
    category: 'cancelled',
    severity: severity.DEBUG,
    recovery: 'none',
    message: tell('cancelled by the caller'),
  }),
  TIMEOUT: fault<ErrorFacts>({
    category: 'timeout',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    message: tell('no answer in time'),
  }),
  CONNECTION_REFUSED: fault<ErrorFacts>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    retryable: true,
    message: tell('nobody listens there'),
  }),
  CONNECTION_LOST: fault<ErrorFacts>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    retryable: true,
    message: tell('the connection was lost'),
  }),
  HOST_NOT_FOUND: fault<ErrorFacts>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    retryable: true,
    message: tell('the host has no address'),
  }),
  OUT_OF_MEMORY: fault<ErrorFacts>({
    category: 'resource',
    severity: severity.CRITICAL,
    recovery: 'free_memory',
    message: tell('out of memory'),
  }),
  DISK_FULL: fault<ErrorFacts>({
    category: 'resource',
    severity: severity.ERROR,
    recovery: 'escalate',
    message: tell('the disk is full'),
  }),
  TOO_MANY_OPEN_FILES: fault<ErrorFacts>({
    category: 'resource',
    severity: severity.ERROR,
    recovery: 'escalate',
    retryable: true,
    message: tell('no file descriptor is left'),
  }),
  PERMISSION_DENIED: fault<ErrorFacts>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: tell('permission denied'),
  }),
  NOT_FOUND: fault<ErrorFacts>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    message: tell('no such file or folder'),
  }),
  ADDRESS_IN_USE: fault<ErrorFacts>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: tell('the address is taken by another program'),
  }),
});
