import { createHash } from 'node:crypto';
import { MAX_DEPTH } from '../../checks/index.ts';
import { sessionFaults } from '../../faults.ts';

/**
 * What an Idempotency-Key says: a text of 1 to 255 visible ASCII characters, with or without the quotes of a structured
 * field (draft-ietf-httpapi-idempotency-key-header, section 2.1). Throws SESSION_REQUEST_INVALID for anything else.
 */
export function idempotencyKeyOf(
  operation: string,
  header: string | string[] | undefined,
): string | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? (/^"(.*)"$/.exec(header)?.[1] ?? header) : '';
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  const reason = 'must be one text of 1 to 255 visible ASCII characters, without blanks';
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'Idempotency-Key', reason });
}

/** A key as it stands for one caller and one thing to be done: of another's the same key is another one. */
export interface ScopedKey {
  /** The id of the change, or of the session, that is made under it: the same on every instance. */
  readonly id: string;
  /** Of what was asked: the same key with another one is a mistake. */
  readonly fingerprint: string;
}

/** `scope`: who asks, and for what. `body`: as JSON was parsed. Throws SESSION_REQUEST_INVALID for one that is too deep. */
export function scopedKey(
  operation: string,
  key: string,
  scope: readonly string[],
  body: unknown,
): ScopedKey {
  return {
    id: `key-${digest(JSON.stringify([operation, ...scope, key]))}`,
    fingerprint: digest(asText(operation, body)),
  };
}

/** What was parsed can be written, unless it is so deep that the stack ends first. */
function asText(operation: string, body: unknown): string {
  try {
    return JSON.stringify(body) ?? '';
  } catch (error) {
    const about = { operation, field: 'body', reason: `stands deeper than ${MAX_DEPTH}` };
    throw sessionFaults.SESSION_REQUEST_INVALID(about, { cause: error });
  }
}

/** 128 bits of SHA-256: nobody finds two texts of one. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}
