import { Fault } from './fault.ts';

/**
 * Whether the same call may succeed when it is made again. A fault says so itself. Of other errors, what was
 * cancelled, is forbidden or lacks memory or disk space may not, as `classify` says, too; nor may mistakes in the
 * program (TypeError, RangeError …), save those that mean a `fetch` that failed. All others may. Never throws.
 */
export function isRetryableError(error: unknown): boolean {
  try {
    if (error instanceof Fault) return error.retryable;
    if (isCancelled(error) || is(error, FINAL)) return false;
    return isFailedFetch(error) || !MISTAKES.some((mistake) => error instanceof mistake);
  } catch {
    return true; // null, or what throws when it is looked at: nobody knows it.
  }
}

/**
 * Whether an error says that somebody no longer wanted the work: a fault of the category `cancelled`, or what an
 * aborted `fetch` throws. Never a failure of who did the work. Never throws.
 */
export function isCancelled(error: unknown): boolean {
  try {
    return error instanceof Fault ? error.category === 'cancelled' : is(error, CANCELLED);
  } catch {
    return false;
  }
}

/**
 * Whether it is the TypeError that `fetch` throws when the network failed: in browsers with a text of theirs, elsewhere
 * with the host's error behind it. May throw what the error throws when it is read.
 */
export function isFailedFetch(error: unknown): boolean {
  return error instanceof TypeError && (is(error, SYSTEM) || FETCH_FAILED.test(error.message));
}

/** The error's own code or, as `fetch` hides the host's error, that of its cause. May throw, too. */
export function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return code ?? cause?.code;
}

function is(error: unknown, known: RegExp): boolean {
  return known.test(codeOf(error) as string) || known.test((error as Error).name);
}

/** The codes and names that `classify` knows and that are not retryable; a test compares the two. */
const FINAL =
  /^(E(NO(MEM|SPC|ENT)|DQUOT|ACCES|PERM|ROFS|ADDRINUSE|RR_WORKER_OUT_OF_MEMORY)|(QuotaExceeded|NotAllowed)Error)$/;

const CANCELLED = /^(AbortError|ABORT_ERR|ERR_CANCELED)$/;

/** The codes of libuv, undici and streams; other codes behind a failed fetch are certificates and the like. */
const SYSTEM = /^(E(?!RR_)[A-Z\d]|UND_|ERR_STREAM_)/;

/** Chromium's, Safari's, Firefox's, and Chromium's when the body breaks off. Some name the host behind it. */
const FETCH_FAILED = /^(failed to fetch|load failed|network ?error)( \(| when |$)/i;

const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError, URIError] as const;
