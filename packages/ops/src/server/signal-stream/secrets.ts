/** Whether nobody is told the text of a field of this name. Programs have few names: each is looked at once. */
export function namesSecret(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isSecret = secretName.test(name.slice(-50));
  if (knownNames.size < 1000 && name.length < 100) knownNames.set(name, isSecret);
  return isSecret;
}

/** Where texts show secrets: headers, addresses with a password, query parameters. */
export function withoutSecrets(text: string): string {
  if (!mayHoldSecret.test(text)) return text;
  return text
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 [secret]')
    .replace(/(:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/g, '$1[secret]@')
    .replace(
      /\b((?:access_|auth_|refresh_)?token|api_?key|password|secret)=[^\s&;,"']{1,500}/gi,
      '$1=[secret]',
    );
}

const knownNames = new Map<string, boolean>();

/** Ends of names of fields whose texts nobody is told. */
const secretName =
  /(authorization|cookies?|passw(or)?d|passphrase|pwd|secrets?|credentials?|private[-_]?key|api[-_]?key|access[-_]?key|tokens?|jwt|dsn)$/i;

const mayHoldSecret = /bearer|basic|:\/\/|token|key|password|secret/i;
