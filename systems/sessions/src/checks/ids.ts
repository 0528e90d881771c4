import { sessionFaults } from '../faults.ts';
import type { SessionKey } from '../session/index.ts';
import { textBytes } from './text-bytes.ts';

/** Of an application, a user, a session, an event: so many bytes in UTF-8 at most, so that all of them fit in a store's key. */
export const MAX_ID_BYTES = 128;

/**
 * Throws SESSION_REQUEST_INVALID unless `id` is a text of 1 to 128 bytes in UTF-8, of letters and digits of any script
 * and `_ . @ : + ~ = -`, that is not `.` or `..`: safe in a path, a key, a header and a log.
 */
export function checkId(operation: string, field: string, id: unknown): asserts id is string {
  const reason = whyNoId(id);
  if (reason === undefined) return;
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason: `${reason}; got ${shown(id)}` });
}

/** Throws SESSION_REQUEST_INVALID unless it is an object. */
export function checkObject(operation: string, field: string, given: unknown): asserts given is object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  const reason = `must be an object; got ${Array.isArray(given) ? 'an array' : shown(given)}`;
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason });
}

/** All three names. Answers a copy with nothing else. */
export function checkSessionKey(operation: string, key: SessionKey): SessionKey {
  checkObject(operation, 'the key', key);
  const { appName, userId, sessionId } = key;
  checkId(operation, 'appName', appName);
  checkId(operation, 'userId', userId);
  checkId(operation, 'sessionId', sessionId);
  return { appName, userId, sessionId };
}

function whyNoId(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'must be a text';
  if (id.length <= MAX_ID_BYTES && PLAIN.test(id)) return undefined;
  if (id === '') return 'must not be empty';
  if (!ALLOWED.test(id)) {
    return 'must be of letters, digits and _ . @ : + ~ = - only, and not "." or ".."';
  }
  if (textBytes(id) > MAX_ID_BYTES) return `must have at most ${MAX_ID_BYTES} bytes`;
  return undefined;
}

function shown(id: unknown): string {
  if (typeof id !== 'string') return id === null ? 'null' : typeof id;
  return JSON.stringify(id.length <= 40 ? id : `${id.slice(0, 40)}…`);
}

/** What nearly all ids are, and quickly told. */
const PLAIN = /^\w[\w.@:+~=-]*$/;
const ALLOWED = /^(?!\.{1,2}$)[\p{L}\p{N}\p{M}_.@:+~=-]+$/u;
