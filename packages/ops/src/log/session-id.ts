import type { Random } from '@sustain/kernel';

/** A UUID of version 4 (RFC 9562). */
export function newSessionId(random: Random): string {
  let hex = '';
  while (hex.length < 32) hex += (((1 + random.next()) * 0x10000) | 0).toString(16).slice(1);
  const variant = '89ab'[Math.floor(random.next() * 4)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
