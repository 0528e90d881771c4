import { headOf, labelOf } from './error-head.ts';
import { isFault } from './fault.ts';

/**
 * Whether the same call may succeed when it is made again. A fault says so itself. Of other errors, what was
 * cancelled, is forbidden or lacks memory or disk space may not, as `classify` says, too; nor may mistakes in the
 * program (TypeError, RangeError …), save those that mean a `fetch` that failed. All others may. Never throws.
 */
export function isRetryableError(error: unknown): boolean {
  if (isFault(error)) return error.retryable;
  const label = labelOf(headOf(error));
  return !FINAL.test(label) && (FETCH_FAILED.test(label) || !MISTAKE.test(label));
}

/**
 * Whether an error says that somebody no longer wanted the work: a fault of the category `cancelled`, or what an
 * aborted `fetch` throws. Never a failure of who did the work. Never throws.
 */
export function isCancelled(error: unknown): boolean {
  return isFault(error) ? error.category === 'cancelled' : CANCELLED.test(labelOf(headOf(error)));
}

// All below are of labels.

export const CANCELLED = /^(\S+ )?(AbortError|ABORT_ERR|ERR_CANCELED) /;

/**
 * The TypeError that `fetch` throws when the network failed. In Node it hides a code of libuv, undici or a stream; other
 * codes are certificates and the like. In browsers it has a text: Chromium's, Safari's, Firefox's, and Chromium's when
 * the body breaks off.
 */
export const FETCH_FAILED =
  /^((E(AI_)?[A-Z\d]+|(UND|ERR_STREAM)_\w+) TypeError |undefined TypeError (failed to fetch|load failed|network ?error))/i;

/** What `classify` knows and is not retryable; a test compares the two. */
const FINAL =
  /^(ABORT_ERR|ERR_CANCELED|E(NO(MEM|SPC|ENT)|DQUOT|ACCES|PERM|ROFS|ADDRINUSE|RR_(WORKER_OUT_OF_MEMORY|MEMORY_ALLOCATION_FAILED))) |^\S+ (Abort|QuotaExceeded|NotAllowed)Error /;

const MISTAKE = /^\S+ (Type|Range|Reference|Syntax|URI)Error /;
