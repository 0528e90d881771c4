import type { Random } from '@sustain/kernel';

/** An id as OpenAI makes them: `chatcmpl-` and 24 letters and digits. */
export function newId(prefix: string, random: Random): string {
  const letters = Array.from({ length: 24 }, () => ALPHABET[Math.floor(random.next() * ALPHABET.length)]);
  return `${prefix}${letters.join('')}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
