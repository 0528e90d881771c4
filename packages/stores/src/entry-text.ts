import { crc32 } from 'node:zlib';
import type { Stored } from './backend.ts';

/**
 * A value as it is stored: eight hexadecimal digits of CRC-32 over the key and the JSON, and then the JSON. CRC-32 finds
 * every error burst of up to 32 bits, so every flipped byte; it is no protection against forgery. The key is in it, so
 * that a value that got under another key is found, too.
 */
export function encodeEntry(key: string, json: string): string {
  return checksum(key, json) + json;
}

/** The value, or the reason why it is not what was written. */
export function decodeEntry({ key, text }: Stored): Decoded {
  const json = text.slice(CHECKSUM_DIGITS);
  if (text.slice(0, CHECKSUM_DIGITS) !== checksum(key, json))
    return { ok: false, reason: 'its checksum differs' };
  try {
    return { ok: true, value: JSON.parse(json) };
  } catch {
    return { ok: false, reason: 'it is no JSON' };
  }
}

export type Decoded =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** How much longer a stored value is than its JSON. */
export const CHECKSUM_DIGITS = 8;

function checksum(key: string, json: string): string {
  return crc32(json, crc32(key)).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
