/** Longer ones are cut. */
const MOST_CHARACTERS = 300;

/** Each with what takes its place. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z\d+.-]*:\/\/)[^\s/@]*@/gi, '$1***@'],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 ***'],
  [
    /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|authorization|cookie|credentials?)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
    '$1***',
  ],
  [/\b(?:sk|pk|ghp|gho|xox[abp])[-_][\w-]{8,}/g, '***'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***'],
];

/**
 * What of a check's message may be shown to whoever can ask for health: its first line, up to 300 characters, without
 * what looks like a secret. Stacks begin on the second line.
 */
export function safeMessage(message: string): string {
  // Cut before it is looked through: a message may be of megabytes.
  const start = message.slice(0, 4 * MOST_CHARACTERS).trimStart();
  const line = start.split(/[\r\n]/, 1)[0] as string;
  const safe = SECRETS.reduce((text, [pattern, place]) => text.replace(pattern, place), line);
  return safe.length > MOST_CHARACTERS ? `${safe.slice(0, MOST_CHARACTERS - 1)}…` : safe;
}
