import { Fault } from './fault.ts';

/** The codes of `kernelFaults` that the hosts' own errors come to. */
export type KnownCode = keyof typeof RETRYABLE | keyof typeof FINAL;

/**
 * Which kernel fault the host's error is, by its `code` (libuv's, undici's), that of its cause (`fetch` hides the
 * host's error there), its name and, for a browser's `fetch`, its message; undefined when nobody knows it. What an
 * aborted call throws is CANCELLED, whatever its code. Never throws.
 */
export function knownCodeOf(error: unknown): KnownCode | undefined {
  try {
    const { name, code, cause, message } = error as Record<string, unknown> & { cause?: { code?: unknown } };
    if (name === 'AbortError') return 'CANCELLED';
    const known = KNOWN.get(code ?? cause?.code) ?? KNOWN.get(name);
    return (
      known ?? (name === 'TypeError' && FETCH_FAILED.test(message as string) ? 'CONNECTION_LOST' : known)
    );
  } catch {
    return undefined; // null, undefined, or a getter or a proxy that threw.
  }
}

/**
 * Whether the same call may succeed when it is made again. A fault says so itself. Of the hosts' errors, a lost
 * connection or a timeout may and a cancelled or forbidden call may not, as `classify` says, too. Of errors that
 * nobody knows, those that JavaScript throws for mistakes in the program (TypeError, RangeError …) may not, and
 * others may. Never throws.
 */
export function isRetryableError(error: unknown): boolean {
  try {
    if (error instanceof Fault) return error.retryable;
    const known = knownCodeOf(error);
    return known === undefined ? !MISTAKES.some((mistake) => error instanceof mistake) : known in RETRYABLE;
  } catch {
    return true; // A revoked proxy: nobody knows it.
  }
}

/**
 * Whether an error says that somebody no longer wanted the work: a fault of the category `cancelled`, or what an
 * aborted `fetch` throws. Never a failure of who did the work. Never throws.
 */
export function isCancelled(error: unknown): boolean {
  try {
    return error instanceof Fault ? error.category === 'cancelled' : knownCodeOf(error) === 'CANCELLED';
  } catch {
    return false; // A revoked proxy.
  }
}

/** Codes and names of the errors that are the same kernel fault; their faults are declared retryable. */
const RETRYABLE = {
  TIMEOUT:
    'ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT TimeoutError',
  CONNECTION_REFUSED: 'ECONNREFUSED',
  CONNECTION_LOST:
    'ECONNRESET ECONNABORTED EPIPE ENOTCONN EHOSTUNREACH ENETUNREACH ENETDOWN ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET NetworkError',
  HOST_NOT_FOUND: 'ENOTFOUND EAI_AGAIN',
  TOO_MANY_OPEN_FILES: 'EMFILE ENFILE',
} as const;

/** As above, of faults that are not declared retryable. */
const FINAL = {
  CANCELLED: 'ABORT_ERR ERR_CANCELED',
  OUT_OF_MEMORY: 'ENOMEM ERR_WORKER_OUT_OF_MEMORY',
  DISK_FULL: 'ENOSPC EDQUOT QuotaExceededError',
  PERMISSION_DENIED: 'EACCES EPERM EROFS NotAllowedError',
  NOT_FOUND: 'ENOENT',
  ADDRESS_IN_USE: 'EADDRINUSE',
} as const;

const KNOWN: ReadonlyMap<unknown, KnownCode> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries({ ...RETRYABLE, ...FINAL }).flatMap(([code, errors]) =>
    errors.split(' ').map((error) => [error, code as KnownCode] as const),
  ),
);

/** What Chromium, Safari, Firefox and, when the body breaks off, Chromium again call it; some name the host behind it. */
const FETCH_FAILED =
  /^(Failed to fetch|Load failed|NetworkError when attempting to fetch resource\.|network error)( \(.*\))?$/;

const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError] as const;
