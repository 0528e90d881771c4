/** Markup that may be shown as it is. Made by `html`, and by `trusted` of what this package itself wrote. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What stands in a template: text is escaped, lists are joined, what is missing is left out. */
export type HtmlPart = Html | string | number | false | undefined | readonly HtmlPart[];

/** A template whose every value is shown, and none understood: all text comes through here. */
export function html(literals: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let markup = literals[0] ?? '';
  for (let index = 0; index < parts.length; index++) {
    markup += markupOf(parts[index]) + (literals[index + 1] ?? '');
  }
  return new Html(markup);
}

/** Markup, styles or script written in this package; never anything that came from outside. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function markupOf(part: HtmlPart): string {
  if (part instanceof Html) return part.markup;
  if (part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(markupOf).join('');
  return escaped(typeof part === 'number' ? `${part}` : visible(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** Control characters, and what is not seen but changes how the rest is read: marks of direction, of no width. */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;

/** The text with what would not be seen shown by its sign (`␛`) or its number (`⟨U+202E⟩`). Line ends stay. */
function visible(text: string): string {
  return text.toWellFormed().replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) as number;
    if (character === '\n') return character;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '␡' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}
