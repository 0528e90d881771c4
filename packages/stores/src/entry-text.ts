import { crc32 } from 'node:zlib';
import type { Stored } from './backend.ts';

/**
 * A value as it is stored: eight hexadecimal digits of CRC-32, and then the JSON. CRC-32 finds every error burst of up to
 * 32 bits, so every flipped byte; it is no protection against forgery. It starts from a hash of the key, so that a value
 * that got under another key is found, too.
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
  return crc32(json, hashOf(key)).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

/** FNV-1a over UTF-16 (http://www.isthe.com/chongo/tech/comp/fnv): keys are short, and a call out of JavaScript is not. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
