/** What stands where a secret was. */
export const HIDDEN = '***';

/** Whether a setting of this name is a secret, whatever its case and separators: `tokens`, `apiKey`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/[_-]/g, ''));
}

/** Without the passwords and tokens that stand in addresses: `redis://***@host`, `?token=***`; and without `Bearer …`. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/([a-z][\w+.-]*:\/\/)[^\s/?#]*@/gi, `$1${HIDDEN}@`)
    .replace(
      /([?&;][\w.-]*(?:token|key|secret|password|passwd|pwd|sig|signature)=)[^&;#\s]*/gi,
      `$1${HIDDEN}`,
    )
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`);
}

const SECRET_NAME =
  /(password|passwd|passphrase|pwd|secrets?|tokens?|apikeys?|accesskeys?|privatekeys?|signingkeys?|authorization|cookies?|credentials?|dsn)$/i;
