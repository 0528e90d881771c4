import { Fault } from './fault.ts';

/**
 * Whether the same call may succeed when it is made again. A fault says so itself. Of other errors, what was
 * cancelled, is forbidden or lacks memory or disk space may not, as `classify` says, too; nor may mistakes in the
 * program (TypeError, RangeError …), save those that mean a `fetch` that failed. All others may. Never throws.
 */
export function isRetryableError(error: unknown): boolean {
  try {
    if (error instanceof Fault) return error.retryable;
    if (kindOf(error, FINAL)) return false;
    return isFailedFetch(error) || !MISTAKES.some((mistake) => error instanceof mistake);
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
    return error instanceof Fault ? error.category === 'cancelled' : kindOf(error, FINAL) === 'CANCELLED';
  } catch {
    return false; // A revoked proxy.
  }
}

/** What hosts' errors come to, by their codes (libuv's, undici's) and names. */
export type KnownErrors<Kind> = ReadonlyMap<unknown, Kind>;

/** `{ DISK_FULL: 'ENOSPC EDQUOT' }` as a map of each of these to its kind. */
export function knownErrors<Kind extends string>(kinds: Readonly<Record<Kind, string>>): KnownErrors<Kind> {
  return new Map(
    Object.entries<string>(kinds).flatMap(([kind, errors]) =>
      errors.split(' ').map((error) => [error, kind as Kind] as const),
    ),
  );
}

/** Those of kernel faults that are not retryable. */
export const FINAL = /* @__PURE__ */ knownErrors({
  CANCELLED: 'AbortError ABORT_ERR ERR_CANCELED',
  OUT_OF_MEMORY: 'ENOMEM ERR_WORKER_OUT_OF_MEMORY',
  DISK_FULL: 'ENOSPC EDQUOT QuotaExceededError',
  PERMISSION_DENIED: 'EACCES EPERM EROFS NotAllowedError',
  NOT_FOUND: 'ENOENT',
  ADDRESS_IN_USE: 'EADDRINUSE',
});

/** Which of `known` an error is, by its code or else by its name. May throw what the error throws when it is read. */
export function kindOf<Kind>(error: unknown, known: KnownErrors<Kind>): Kind | undefined {
  return known.get(codeOf(error)) ?? known.get((error as Error).name);
}

/**
 * Whether it is the TypeError that `fetch` throws when the network failed: in browsers with a text of theirs, elsewhere
 * with the host's error behind it. May throw as `kindOf`.
 */
export function isFailedFetch(error: unknown): boolean {
  return (
    error instanceof TypeError && (SYSTEM_ERROR.test(`${codeOf(error)}`) || FETCH_FAILED.test(error.message))
  );
}

/** Its own or, as `fetch` hides the host's error, that of its cause. */
function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return code ?? cause?.code;
}

const SYSTEM_ERROR = /^(E(?!RR_)|UND_|ERR_STREAM_)/;

/** Chromium's, Safari's, Firefox's, and Chromium's when the body breaks off. Some name the host behind it. */
const FETCH_FAILED = /^(failed to fetch|load failed|network ?error)( \(| when |$)/i;

const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError] as const;
