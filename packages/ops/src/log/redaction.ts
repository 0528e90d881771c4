import type { MutableLogCounts } from './log-counts.ts';

/** What the names of secrets have in them, by default. */
export const defaultSecretKeys: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'apiKey',
  'accessKey',
  'privateKey',
  'signingKey',
];

/** Finds and replaces secrets. */
export class Redaction {
  readonly replaceBy: string;
  readonly #names: readonly string[];
  readonly #counts: MutableLogCounts;

  constructor(keys: readonly string[], replaceBy: string, counts: MutableLogCounts) {
    this.#names = keys.map(lettersOf).filter((name) => name !== '');
    this.replaceBy = replaceBy;
    this.#counts = counts;
  }

  /** Whether what is under this key is secret. */
  isSecret(key: string): boolean {
    const letters = lettersOf(key);
    return this.#names.some((name) => letters.includes(name));
  }

  /**
   * Whether a number under a secret key is none all the same: `maxTokens: 512` is what every language model is asked
   * for, and no access token is a number.
   */
  isCount(key: string): boolean {
    const letters = lettersOf(key);
    return this.#names.every((name) => name === 'token' || !letters.includes(name));
  }

  /** What is written instead of a secret. */
  replace(): string {
    this.#counts.redacted++;
    return this.replaceBy;
  }

  /** The text without the secrets that can be seen in it. Linear in its length. */
  text(text: string): string {
    if (!HINT.test(text)) return text;
    let clean = text;
    for (const { pattern, keep } of secrets) {
      clean = clean.replace(pattern, (...found) => keep(this.replace(), ...(found as string[])));
    }
    return clean;
  }
}

/** Most texts hide nothing, and one look for what all secrets have about them costs less than four for what they are. */
const HINT = /[=:]|eyJ|earer\s|EARER\s|asic\s|ASIC\s/;

interface Secret {
  readonly pattern: RegExp;
  /** What stays, around what replaces. */
  keep(replaced: string, ...found: string[]): string;
}

const secrets: readonly Secret[] = [
  {
    pattern: /\b(Bearer|Basic)(\s{1,8})[\w~+/.=-]{8,}/gi,
    keep: (replaced, _all, scheme, space) => `${scheme}${space}${replaced}`,
  },
  // Credentials in a URL, up to the last @ before its path: passwords may have one in them.
  { pattern: /:\/\/[^\s/@]{0,512}@(?:[^\s/@]{0,512}@){0,4}/g, keep: (replaced) => `://${replaced}@` },
  {
    pattern:
      /\b([\w-]{0,40}(?:password|passwd|secret|token|api[-_]?key)["']?\s{0,4}[=:]\s{0,4}["']?)[^\s"'&,;[\]{}]+/gi,
    keep: (replaced, _all, name) => `${name}${replaced}`,
  },
  { pattern: /\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, keep: (replaced) => replaced },
];

function lettersOf(key: string): string {
  return key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
