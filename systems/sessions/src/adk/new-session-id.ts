import { randomBytes } from 'node:crypto';

/** @internal An id that nobody can guess: 128 random bits, of the host and never of a seed. */
export function newSessionId(): string {
  return randomBytes(16).toString('hex');
}
