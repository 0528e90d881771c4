import { Fault, headOf, severityName } from '@sustain/kernel';
import { hides, REDACTED, secrecyOf, withoutSecrets } from '../../secrets/index.ts';

/** What may leave the process of one value, at most. */
export interface PlainLimits {
  /** Characters of all names and texts together. */
  readonly characters: number;
  readonly depth: number;
  /** Items of one list, fields of one object. */
  readonly items: number;
  /** Characters of one text. */
  readonly textLength: number;
}

export const defaultPlainLimits: PlainLimits = { characters: 8192, depth: 8, items: 100, textLength: 1024 };

/**
 * Anything as data that JSON can hold and strangers may see: secrets are left out by the names of their keys and where
 * texts show them, faults and errors come with their causes' messages and without stacks, of samples and bytes only the
 * number, and what is circular, throws when it is looked at, or is too much is replaced by a text in square brackets.
 * Never throws. Takes time and memory in proportion to the limits, whatever it is given.
 */
export function plainData(value: unknown, limits: PlainLimits = defaultPlainLimits): unknown {
  return new Plain(limits).of(value, 0);
}

class Plain {
  readonly #limits: PlainLimits;
  readonly #above: unknown[] = [];
  #charactersLeft: number;

  constructor(limits: PlainLimits) {
    this.#limits = limits;
    this.#charactersLeft = limits.characters;
  }

  of(value: unknown, depth: number): unknown {
    this.#charactersLeft -= 8; // so that many small things are a lot, too
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'bigint':
        return this.#text(String(value));
      case 'boolean':
      case 'undefined':
        return value;
      case 'symbol':
      case 'function':
        return `[${typeof value}]`;
      default:
        return value === null ? null : this.#object(value as object, depth);
    }
  }

  #object(value: object, depth: number): unknown {
    if (this.#charactersLeft < 0) return '[too much]';
    if (depth >= this.#limits.depth) return '[too deep]';
    if (this.#above.includes(value)) return '[circular]';
    this.#above.push(value);
    try {
      if (isError(value)) return this.#error(value, depth);
      if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`;
      if (value instanceof ArrayBuffer) return `[ArrayBuffer, ${value.byteLength} bytes]`;
      if (value instanceof Map) return this.#map(value, depth);
      if (value instanceof Set) return this.#list(value, value.size, depth);
      if (Array.isArray(value)) return this.#list(value, value.length, depth);
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === 'function') return this.of(toJSON.call(value), depth + 1);
      return this.#fields(value, Object.keys(value), depth);
    } catch {
      return '[unreadable]';
    } finally {
      this.#above.pop();
    }
  }

  #error(error: Error, depth: number): unknown {
    const head = this.#fields(headOf(error), ['name', 'message', 'code'], depth);
    const cause = error.cause === undefined ? {} : { cause: this.of(causeOf(error.cause), depth + 1) };
    if (!(error instanceof Fault)) return { ...head, ...cause };
    const facts = this.#fields(error, faultFields, depth);
    return { ...head, ...facts, severity: severityName(error.severity), ...cause };
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    const fields: Record<string, unknown> = Object.create(null);
    let left = this.#limits.items;
    for (const [key, item] of map) {
      if (left-- === 0) break;
      fields[typeof key === 'object' ? `[object ${left}]` : String(key)] = item;
    }
    const more = map.size - this.#limits.items;
    if (more > 0) fields['[more]'] = more;
    return this.#fields(fields, Object.keys(fields), depth);
  }

  #list(items: Iterable<unknown>, length: number, depth: number): unknown[] {
    const plain: unknown[] = [];
    for (const item of items) {
      if (plain.length === this.#limits.items || this.#charactersLeft < 0) break;
      plain.push(this.of(item, depth + 1));
    }
    if (plain.length < length) plain.push(`[${length - plain.length} more]`);
    return plain;
  }

  #fields(value: object, names: readonly string[], depth: number): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    let count = 0;
    for (const name of names) {
      if (count++ === this.#limits.items || this.#charactersLeft < 0) {
        plain['[more]'] = names.length - count + 1;
        break;
      }
      const field = this.#field(value, name, depth);
      // By assignment it would be the prototype; here it is a name like any other.
      if (name === '__proto__') Object.defineProperty(plain, name, { value: field, enumerable: true });
      else plain[this.#text(name)] = field;
    }
    return plain;
  }

  #field(value: object, name: string, depth: number): unknown {
    try {
      const field = (value as Record<string, unknown>)[name];
      return hides(secrecyOf(name), field) ? REDACTED : this.of(field, depth + 1);
    } catch {
      return '[unreadable]';
    }
  }

  #text(text: string): string {
    const most = Math.max(0, Math.min(this.#limits.textLength, this.#charactersLeft));
    // Looked at only where it may be told, and a little further, so that no secret is cut in its middle and half told.
    const safe = withoutSecrets(text.slice(0, most + 200));
    this.#charactersLeft -= Math.min(safe.length, most);
    return text.length <= most ? safe : `${safe.slice(0, most)}[${text.length - most} characters more]`;
  }
}

const faultFields = [
  'system',
  'category',
  'recovery',
  'retryable',
  'autoRecoverable',
  'userMessage',
  'context',
  'operationId',
] as const;

/** Also of another realm, as a worker's. */
function isError(value: object): value is Error {
  if (value instanceof Error) return true;
  const { message, stack } = value as Partial<Error>;
  return typeof message === 'string' && typeof stack === 'string';
}

/** Of what is no error and was thrown, its kind and its text; of an error itself, so that it is seen as one. */
function causeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && isError(cause) ? cause : headOf(cause);
}
