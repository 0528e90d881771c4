/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** What the names of secrets have in them, whatever the case and separators: `api key` means `x_apiKey`, too. */
export const secretNames: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'api key',
  'access key',
  'private key',
  'signing key',
  'jwt',
  'dsn',
];

/**
 * What is secret under a name. `texts`: numbers are none, as of `maxTokens: 512`, which every language model is asked
 * for; no access token is a number.
 */
export type Secrecy = 'none' | 'texts' | 'all';

/**
 * What is secret under this name. Other `names` than the default may be given; one of three letters or fewer counts
 * at the start and end of a name only. Of a name of more than 1000 characters the first and last 500 are looked at.
 */
export function secrecyOf(name: string, names: readonly string[] = secretNames): Secrecy {
  if (names !== secretNames) return look(name, names);
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const secrecy = look(name, names);
  if (name.length > 100) return secrecy;
  // Programs have few names, save where somebody has made them of data.
  if (knownNames.size >= 1000) knownNames.clear();
  knownNames.set(name, secrecy);
  return secrecy;
}

/** Whether anything under this name is secret: `tokens`, `apiKey`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return secrecyOf(name) !== 'none';
}

/** What is secret under this name within something of which that much is secret. */
export function secrecyWithin(above: Secrecy, name: string): Secrecy {
  const own = secrecyOf(name);
  return own === 'none' || above === 'all' ? above : own;
}

/** Whether this value is to be hidden. Nothing, yes and no tell no secret. */
export function hides(secrecy: Secrecy, value: unknown): boolean {
  if (secrecy === 'none' || value === undefined || value === null || typeof value === 'boolean') return false;
  return secrecy === 'all' || typeof value !== 'number';
}

const knownNames = new Map<string, Secrecy>();

function look(name: string, names: readonly string[]): Secrecy {
  const letters = lettersOf(name.length > 1000 ? name.slice(0, 500) + name.slice(-500) : name);
  let secrecy: Secrecy = 'none';
  for (const one of names) {
    const part = lettersOf(one);
    if (part === '' || !has(letters, part)) continue;
    if (part !== 'token') return 'all';
    secrecy = 'texts';
  }
  return secrecy;
}

function has(letters: string, part: string): boolean {
  // `wordsName` has `dsn` in it.
  return part.length > 3 ? letters.includes(part) : letters.startsWith(part) || letters.endsWith(part);
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
