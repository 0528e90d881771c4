import { REDACTED, secretNames } from './secret-names.ts';

/**
 * The text without the secrets that can be seen in it: credentials in addresses, what stands behind the name of a
 * secret, tokens that show what they are. It takes time in proportion to the length of the text.
 *
 * @param replacement What to write instead; asked once for each.
 */
export function withoutSecrets(text: string, replacement: () => string = redacted): string {
  if (!HINT.test(text)) return text;
  let clean = text;
  for (const { pattern, replace } of finders) {
    clean = clean.replace(pattern, (all, before, group2, group3) =>
      replace(replacement, all, before, group2, group3),
    );
  }
  return clean;
}

interface Finder {
  readonly pattern: RegExp;
  /** Of a match and its groups. */
  replace(replacement: () => string, all: string, before: string, group2: string, group3: string): string;
}

function redacted(): string {
  return REDACTED;
}

const behind: Finder['replace'] = (replacement, _all, before) => before + replacement();
const whole: Finder['replace'] = (replacement) => replacement();

/** Between a name and its value, in whatever is written so: `name=`, `"name": "`, `\"name\":\"`. */
const IS = String.raw`\\{0,3}["']?\s{0,4}[=:]\s{0,4}`;
const QUOTE = String.raw`\\{0,3}["']?`;
const VALUE = String.raw`"[^"]*"|'[^']*'|[^\s,;&]+`;
const NAME = secretNames
  .map((name) => name.replace(' ', '[-_ ]?'))
  .filter((name) => name !== 'authorization' && name !== 'cookie')
  .join('|');

// In each the repeated parts of two attempts share no character of the text: that is what makes them linear.
const finders: readonly Finder[] = [
  // Up to the last @ before the path: passwords may have one in them.
  { pattern: /(:\/\/)[^\s/]*@/g, replace: (replacement) => `://${replacement()}@` },
  // What comes behind a scheme.
  {
    pattern: new RegExp(
      String.raw`(authorization${IS}${QUOTE})(?:[\w-]{1,20}[^\S\r\n]{1,4})?[^\s"',;&]+`,
      'gi',
    ),
    replace: behind,
  },
  // One header has several.
  {
    pattern: new RegExp(String.raw`(cookies?${IS}${QUOTE})[^\s"',;]+(?:;\s{0,4}[^\s"',;]+)*`, 'gi'),
    replace: behind,
  },
  {
    pattern: new RegExp(`((?:${NAME}|pass(?=\\s{0,4}=))s?${IS})(${VALUE})`, 'gi'),
    // `tokens: 512` are counted.
    replace: (replacement, all, before, value) =>
      /tokens\W*$/i.test(before) && /^\d{1,12}$/.test(value) ? all : before + replacement(),
  },
  { pattern: /([?&;][\w.-]{0,80}(?:key|sig|signature)=)[^&;#\s]+/gi, replace: behind },
  {
    pattern: /\b((bearer|basic)\s{1,8})([\w~+/.=-]{6,})/gi,
    // `basic checks` are no credentials, which are base64.
    replace: (replacement, all, before, scheme, value) =>
      scheme.length === 5 && /^[a-z]+$/.test(value) ? all : before + replacement(),
  },
  { pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, replace: whole },
  {
    pattern: /(?<![\w-])(?:sk|gh[opsu]|xox[abprs])[-_][\w-]{8,}|AKIA[A-Z\d]{16}|AIza[\w-]{35}/g,
    replace: whole,
  },
];

/** What every secret has about it. Most texts hide nothing, and to look for this costs a tenth of looking for each. */
const HINT = /[=:]|[eE][aA][rR][eE][rR]\s|[aA][sS][iI][cC]\s|eyJ|sk[-_]|gh[opsu][-_]|xox[abprs]|AKIA|AIza/;
