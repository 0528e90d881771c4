import { createHash, timingSafeEqual } from 'node:crypto';
import { authFaults } from './auth-faults.ts';

/**
 * A token that lets a program or a person in. A text is the token itself, or `sha256:` and the 64 hexadecimal digits of its
 * SHA-256, so that a configuration holds no secret. The name stands in signals; default `token-1`, `token-2` …
 */
export type AccessToken =
  | string
  | { readonly name: string; readonly token: string }
  | { readonly name: string; readonly sha256: string };

/** So many characters a token has at least: 16 of a random generator are out of reach of guessing. */
export const MIN_TOKEN_LENGTH = 16;

/** Knows the hashes of the tokens, and never a token. */
export class AccessTokens {
  readonly #known: readonly Known[];

  /** Throws TOKEN_UNUSABLE for one that is too short, not what a header can carry, no hash, or there twice. */
  constructor(tokens: readonly AccessToken[]) {
    const known = tokens.map(knownOf);
    for (const [i, { name, hash }] of known.entries()) {
      const earlier = known.slice(0, i);
      if (earlier.some((other) => other.name === name)) refuse(name, 'another one has its name');
      if (earlier.some((other) => other.hash.equals(hash))) refuse(name, 'another one has the same text');
    }
    this.#known = known;
  }

  get size(): number {
    return this.#known.length;
  }

  /** The name of a token; undefined when it is not known. Takes the same time whichever it is, and wherever it differs. */
  nameOf(token: string): string | undefined {
    const hash = sha256(token);
    let found: string | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.hash, hash)) found = known.name;
    return found;
  }
}

interface Known {
  readonly name: string;
  readonly hash: Buffer;
}

function knownOf(given: AccessToken, index: number): Known {
  if (typeof given === 'string') {
    const name = `token-${index + 1}`;
    if (given.startsWith('sha256:')) return { name, hash: hashOf(name, given.slice('sha256:'.length)) };
    return { name, hash: textHash(name, given) };
  }
  const { name } = given;
  if (typeof name !== 'string' || !/^[\w.@-]{1,64}$/.test(name))
    refuse(`token-${index + 1}`, 'its name is not 1 to 64 letters, digits, or one of . _ @ -');
  return { name, hash: 'sha256' in given ? hashOf(name, given.sha256) : textHash(name, given.token) };
}

function hashOf(name: string, hex: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(hex)) refuse(name, 'its SHA-256 is not 64 hexadecimal digits');
  return Buffer.from(hex, 'hex');
}

function textHash(name: string, token: string): Buffer {
  if (typeof token !== 'string' || token.length < MIN_TOKEN_LENGTH)
    refuse(name, `it has fewer than ${MIN_TOKEN_LENGTH} characters`);
  if (!/^[\x21-\x7e]+$/.test(token)) refuse(name, 'it has characters that a header cannot carry');
  return sha256(token);
}

function refuse(name: string, reason: string): never {
  throw authFaults.TOKEN_UNUSABLE({ name, reason });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
