import { createHash } from 'node:crypto';
import type { Random } from '@sustain/kernel';

/**
 * @internal The id of a job. The same idempotency key makes the same id, so that whoever keeps jobs by id keeps one. All
 * begin with a letter and have no colon: BullMQ takes an id that is a number for one of its own, and a colon for two.
 */
export function jobId(idempotencyKey: string | undefined, random: Random): string {
  if (idempotencyKey === undefined) return `j-${nonce(random)}${nonce(random)}`;
  return `k-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}`;
}

/** @internal 64 random bits in hexadecimal. */
export function nonce(random: Random): string {
  let digits = '';
  while (digits.length < 16) digits += (((1 + random.next()) * 0x10000) | 0).toString(16).slice(1);
  return digits;
}
