import { COUNT, checkOption, type NumberRange } from '@sustain/kernel/options';
import { JsonText } from './json-text.ts';
import { storeFaults } from './store-faults.ts';

/** Of a key in UTF-8. */
export const MAX_KEY_BYTES = 512;
/** Of a value as JSON, in UTF-8. */
export const DEFAULT_MAX_VALUE_BYTES = 1_048_576;
/** Of a page. */
export const MAX_PAGE: NumberRange = { ...COUNT, most: 1000 };
export const DEFAULT_PAGE = 100;

/** Throws KEY_INVALID. */
export function checkKey(store: string, key: string): void {
  const reason = complaintAbout(key);
  if (reason === undefined) return;
  throw storeFaults.KEY_INVALID({ store, key: String(key).slice(0, SHOWN), reason });
}

/** Of a prefix, and of a key to begin after: all that a key may be, and empty. */
export function checkPrefix(store: string, prefix: string): void {
  if (prefix !== '') checkKey(store, prefix);
}

/** The value as JSON. Throws VALUE_INVALID or VALUE_TOO_LARGE. */
export function jsonOf(store: string, key: string, value: unknown, limitBytes: number): string {
  let json: string | undefined;
  try {
    json = value instanceof JsonText ? value.json : JSON.stringify(value);
  } catch (error) {
    // A circle, a bigint, or a toJSON that throws.
    const reason = `${(error as Error)?.message ?? error}`.split('\n', 1)[0] as string;
    throw storeFaults.VALUE_INVALID({ store, key, reason }, { cause: error });
  }
  if (json === undefined) {
    const reason = `${typeof value} is nothing that JSON has; null is, and delete() removes`;
    throw storeFaults.VALUE_INVALID({ store, key, reason });
  }
  // A character takes three bytes at most, so most need not be counted.
  if (json.length * 3 > limitBytes) {
    const sizeBytes = Buffer.byteLength(json);
    if (sizeBytes > limitBytes) {
      const reason = `${sizeBytes} bytes`;
      throw storeFaults.VALUE_TOO_LARGE({ store, key, reason, sizeBytes, limitBytes });
    }
  }
  return json;
}

/** Throws TTL_INVALID. */
export function checkTtl(store: string, ttlMs: number): void {
  try {
    checkOption('ttlMs', ttlMs, TTL);
  } catch (error) {
    throw storeFaults.TTL_INVALID({ store, ttlMs, reason: (error as Error).message });
  }
}

/** A century: what goes on is in range of every driver's clock. */
const TTL: NumberRange = { ...COUNT, most: 100 * 365 * 24 * 3_600_000 };
/** Characters of a wrong key that its fault shows. */
const SHOWN = 64;

function complaintAbout(key: unknown): string | undefined {
  if (typeof key !== 'string') return `it must be a text, got ${typeof key}`;
  if (key === '') return 'it is empty';
  if (key.includes('\0')) return 'it contains U+0000';
  if (!key.isWellFormed()) return 'it contains half of a surrogate pair';
  // A character takes three bytes at most.
  if (key.length * 3 <= MAX_KEY_BYTES) return undefined;
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes <= MAX_KEY_BYTES) return undefined;
  return `it has ${sizeBytes} bytes in UTF-8, and ${MAX_KEY_BYTES} are allowed`;
}
