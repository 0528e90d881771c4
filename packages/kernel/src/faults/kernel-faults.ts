import { defineFaults } from './define-faults.ts';
import type { FaultDeclaration } from './fault.ts';
import { CANCELLED, FETCH_FAILED } from './known-errors.ts';
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

type Row = readonly [
  label: RegExp,
  category: string,
  recovery: string,
  more?: Partial<FaultDeclaration<ErrorFacts>>,
];

const again = { retryable: true };
const byHand = { autoRecoverable: false };
const network = ['network', 'reconnect_retry', again] as const;

/** By libuv's and undici's codes, or the names of the hosts' errors; the first that fits. */
const rows = {
  // Whatever code came of it.
  CANCELLED: [CANCELLED, 'cancelled', 'none', { severity: severity.DEBUG }],
  TIMEOUT: [
    /^(\S+ )?(E(SOCKET)?TIMED?OUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|TimeoutError) /,
    'timeout',
    'retry',
    { severity: severity.WARNING, ...again },
  ],
  CONNECTION_REFUSED: [/^ECONNREFUSED /, ...network],
  HOST_NOT_FOUND: [/^(ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL) /, ...network],
  OUT_OF_MEMORY: [
    /^(ENOMEM|ERR_(WORKER_OUT_OF_MEMORY|MEMORY_ALLOCATION_FAILED)) |^\S+ RangeError (Array buffer allocation failed|Out of memory)/,
    'resource',
    'free_memory',
    { severity: severity.CRITICAL },
  ],
  DISK_FULL: [/^(\S+ )?(ENOSPC|EDQUOT|QuotaExceededError) /, 'resource', 'escalate'],
  TOO_MANY_OPEN_FILES: [/^E[MN]FILE /, 'resource', 'escalate', again],
  PERMISSION_DENIED: [/^(\S+ )?(EACCES|EPERM|EROFS|NotAllowedError) /, 'configuration', 'escalate', byHand],
  NOT_FOUND: [/^ENOENT /, 'configuration', 'escalate'],
  ADDRESS_IN_USE: [/^EADDRINUSE /, 'configuration', 'escalate', byHand],
  CONNECTION_LOST: [
    RegExp(
      `${FETCH_FAILED.source}|^(\\S+ )?(ECONN(RESET|ABORTED)|EPIPE|ENOTCONN|E(HOST|NET)UNREACH|ENETDOWN|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET|NetworkError) `,
      'i',
    ),
    ...network,
  ],
  UNEXPECTED: [/^/, 'program', 'escalate'],
} as const satisfies Record<string, Row>;

type KernelCode = keyof typeof rows;

/** The faults that any program knows: what `classify` makes of errors that nobody declared, and of rejections. */
export const kernelFaults = defineFaults(
  'kernel',
  Object.fromEntries(Object.entries<Row>(rows).map(([code, row]) => [code, declarationOf(row)])) as Record<
    KernelCode,
    FaultDeclaration<ErrorFacts>
  >,
);

/** The fault that an error with this label is. */
export function kernelFaultOf(label: string) {
  for (const code in rows)
    if (rows[code as KernelCode][0].test(label)) return kernelFaults[code as KernelCode];
  return kernelFaults.UNEXPECTED;
}

function declarationOf([, category, recovery, more]: Row): FaultDeclaration<ErrorFacts> {
  const message = ({ error, errorName }: ErrorFacts) => `${errorName}: ${error}`;
  return { severity: severity.ERROR, message, category, recovery, ...more };
}
