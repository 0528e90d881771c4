import { headOf } from '@sustain/kernel';
import { hides, type Secrecy } from '../secrets/index.ts';
import type { MutableLogCounts } from './log-counts.ts';
import type { EntryLimits } from './log-options.ts';
import type { Redaction } from './redaction.ts';
import { toldOf } from './told-of.ts';

/**
 * Makes JSON of anything: of what throws when it is looked at, of circles, of what JSON has no word for. Secrets are
 * replaced, binary data is told by its size only, and what is too long or too deep is cut with a note. Never throws.
 *
 * It writes the JSON itself, in one pass: to copy what is safe and let JSON.stringify read it takes twice the time.
 */
export class EntryEncoder {
  readonly #limits: EncoderLimits;
  readonly #redaction: Redaction;
  readonly #counts: MutableLogCounts;
  /** Of the names that were met: the JSON of the key, and what is secret under it. */
  readonly #keys = new Map<string, Key>();
  /** What the encoder is in, from outside to inside. */
  readonly #within: object[] = [];
  /** Characters that this entry may still have. */
  #left = 0;

  constructor(limits: EncoderLimits, redaction: Redaction, counts: MutableLogCounts) {
    this.#limits = limits;
    this.#redaction = redaction;
    this.#counts = counts;
  }

  /** The members of a context as JSON, without the braces. Empty for no object. */
  members(context: unknown): string {
    this.#begin();
    try {
      if (typeof context !== 'object' || context === null) return '';
      this.#within.push(context);
      return this.#members(context);
    } catch (error) {
      return `"unreadable":${quoted(this.#cut(headOf(error).message))}`;
    }
  }

  /** A message, or another text of an entry, as JSON. */
  text(text: unknown, maxChars: number = this.#limits.textChars): string {
    return quoted(this.plain(text, maxChars));
  }

  /** The same as plain text. */
  plain(text: unknown, maxChars: number = this.#limits.messageChars): string {
    let plain: string;
    try {
      plain = typeof text === 'string' ? text : typeof text === 'symbol' ? String(text) : `${text}`;
    } catch {
      plain = `[unreadable ${typeof text}]`;
    }
    // A secret may begin before the cut and end after it.
    return this.#cut(
      this.#redaction.text(plain.length > maxChars + SPARE ? plain.slice(0, maxChars + SPARE) : plain),
      maxChars,
      plain.length,
    );
  }

  /** Anything thrown as the JSON of an `ErrorJson`, with its causes, ten at most, and their stacks or a note instead. */
  error(thrown: unknown, stack: 'whole' | 'none' | string): string {
    this.#begin();
    return this.#error(thrown, stack, 9);
  }

  #begin(): void {
    this.#left = this.#limits.contextChars;
    this.#within.length = 0;
  }

  #error(thrown: unknown, stack: string, causes: number): string {
    const { name, message, code } = headOf(thrown);
    let json = `{"name":${this.text(name)},"message":${this.text(message)}`;
    if (code !== undefined) json += `,"code":${this.text(code)}`;
    try {
      if (stack === 'whole') {
        const { stack: trace } = thrown as Error;
        if (typeof trace === 'string') json += `,"stack":${this.text(trace, STACK_CHARS)}`;
      } else if (stack !== 'none') json += `,"stack":${quoted(stack)}`;
      const { cause } = Object(thrown) as Error;
      if (cause !== undefined && causes > 0 && this.#spend(json.length)) {
        json += `,"cause":${this.#error(cause, stack === 'whole' ? stack : 'none', causes - 1)}`;
      }
    } catch {
      // What has been seen of it is worth having.
    }
    return `${json}}`;
  }

  #value(value: unknown, key: Key | undefined): string | undefined {
    if (key !== undefined && hides(key.secrecy, value)) return quoted(this.#redaction.replace());
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return Number.isFinite(value) ? `${value}` : `"${value}"`;
      case 'boolean':
        return value ? 'true' : 'false';
      case 'bigint':
        // To write down a long one takes time that grows with the square of its length.
        return value < LARGEST && value > -LARGEST ? `"${value}"` : '"[bigint]"';
      case 'symbol':
        return this.text(String(value));
      case 'function':
        return '"[function]"';
      case 'undefined':
        return undefined;
      default:
        return value === null ? 'null' : this.#object(value as object);
    }
  }

  #object(value: object): string {
    try {
      if (this.#within.includes(value)) return '"[circular]"';
      if (this.#within.length >= this.#limits.depth) return this.#shortened('[deeper]');
      const told = toldOf(value);
      if (told !== undefined) return this.text(told);
      if (value instanceof Error) return this.#error(value, 'none', 3);
      this.#within.push(value);
      try {
        if (Array.isArray(value)) return this.#list(value);
        if (value instanceof Map || value instanceof Set) return this.#list([...firstOf(value)]);
        const { toJSON } = value as { toJSON?: unknown };
        if (typeof toJSON === 'function') return this.#value(toJSON.call(value, ''), undefined) ?? 'null';
        return `{${this.#members(value)}}`;
      } finally {
        this.#within.pop();
      }
    } catch {
      return '"[unreadable]"';
    }
  }

  #list(list: readonly unknown[]): string {
    let json = '';
    const most = Math.min(list.length, MOST_ITEMS);
    for (let index = 0; index < most; index++) {
      const item = this.#value(list[index], undefined) ?? 'null';
      if (!this.#spend(item.length)) return `[${json}${json && ','}${this.#shortened('[cut]')}]`;
      json += index === 0 ? item : `,${item}`;
    }
    if (list.length > most) json += `,${this.#shortened(`[and ${list.length - most} more]`)}`;
    return `[${json}]`;
  }

  #members(object: object): string {
    let json = '';
    let members = 0;
    for (const name of Object.keys(object)) {
      const key = this.#keys.get(name) ?? this.#learn(name);
      let value: string | undefined;
      try {
        value = this.#value((object as Record<string, unknown>)[name], key);
      } catch {
        value = '"[unreadable]"';
      }
      if (value === undefined) continue;
      if (members++ >= MOST_ITEMS || !this.#spend(value.length + name.length)) {
        return `${json}${json && ','}"…":${this.#shortened('[cut]')}`;
      }
      json += json === '' ? key.json + value : `,${key.json}${value}`;
    }
    return json;
  }

  #learn(name: string): Key {
    // Names are few, save where somebody has made them of data.
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
    const shown = this.#cut(this.#redaction.text(name), KEY_CHARS);
    const key = { json: `${quoted(shown)}:`, secrecy: this.#redaction.secrecyOf(name) };
    if (name.length <= KEY_CHARS) this.#keys.set(name, key);
    return key;
  }

  #spend(chars: number): boolean {
    this.#left -= chars;
    return this.#left >= 0;
  }

  #shortened(note: string): string {
    this.#counts.shortened++;
    return quoted(note);
  }

  #cut(text: string, maxChars: number = this.#limits.textChars, wholeChars: number = text.length): string {
    if (text.length <= maxChars && wholeChars <= maxChars + SPARE) return text;
    this.#counts.shortened++;
    return `${text.slice(0, maxChars)}… [cut: ${wholeChars} characters]`;
  }
}

/** Every limit, none left out. */
export type EncoderLimits = { readonly [Name in keyof EntryLimits]-?: number };

interface Key {
  readonly json: string;
  readonly secrecy: Secrecy;
}

const SPARE = 1024;
const STACK_CHARS = 8192;
const KEY_CHARS = 128;
const MOST_ITEMS = 200;
const MOST_KEYS = 4096;
const LARGEST = 2n ** 256n;

/** A few more than are told, so that it is seen that there are more. */
function* firstOf(value: Iterable<unknown>): Iterable<unknown> {
  let count = 0;
  for (const item of value) {
    if (count++ > MOST_ITEMS) return;
    yield item;
  }
}

/** What needs no escape is most; JSON.stringify takes three times as long for it. */
function quoted(text: string): string {
  if (text.length > 64) return JSON.stringify(text);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 32 || code === 34 || code === 92 || code >= 0xd800) return JSON.stringify(text);
  }
  return `"${text}"`;
}
