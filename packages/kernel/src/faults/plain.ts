/** Data that JSON can carry. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * A copy of `value` that JSON can carry. Never throws: what cannot be read or carried is described in brackets
 * (`[circular]`, `[getter threw]`, `[Float32Array of 7056 bytes]`). Deep, long and wide values are cut, so that the
 * result is small (2000 values at most) and copying it again changes nothing; binary data is never copied.
 */
export function toPlain(value: unknown): Plain {
  return copy(value, { depth: 0, above: [], budget: { left: MAX_VALUES } });
}

const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT = 4096;
const MAX_VALUES = 2000;

/** Where the copying stands. */
interface Place {
  readonly depth: number;
  readonly above: readonly object[];
  /** Shared by the whole copy: width at every level multiplies. */
  readonly budget: { left: number };
}

function copy(value: unknown, place: Place): Plain {
  place.budget.left--;
  switch (typeof value) {
    case 'string':
      return cutText(value);
    case 'number':
      return Number.isFinite(value) ? value : `[${value}]`;
    case 'boolean':
      return value;
    case 'bigint':
      return `${value}`;
    case 'symbol':
      return `[${String(value)}]`;
    case 'function':
      return '[function]';
    default:
      return value === null || value === undefined ? null : copyObject(value, place);
  }
}

function cutText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const note = `[+${text.length - MAX_TEXT} characters]`;
  return text.slice(0, MAX_TEXT - note.length) + note;
}

function copyObject(value: object, place: Place): Plain {
  if (place.above.includes(value)) return '[circular]';
  try {
    if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer) return `[ArrayBuffer of ${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
    if (place.depth >= MAX_DEPTH || place.budget.left <= 0) {
      return Array.isArray(value) ? `[array of ${value.length}]` : '[object]';
    }
    const inside = { depth: place.depth + 1, above: [...place.above, value], budget: place.budget };
    if (value instanceof Map) return copyFields(Object.fromEntries(value), inside);
    if (value instanceof Set) return copyItems([...value], inside);
    return Array.isArray(value) ? copyItems(value, inside) : copyFields(value, inside);
  } catch {
    return '[unreadable]'; // A proxy may throw at any question; the rest of the data is still worth having.
  }
}

function copyItems(value: readonly unknown[], inside: Place): Plain {
  if (value.length <= MAX_ITEMS) return value.map((item) => copy(item, inside));
  const kept = value.slice(0, MAX_ITEMS - 1).map((item) => copy(item, inside));
  return [...kept, `[+${value.length - kept.length} items]`];
}

function copyFields(value: object, inside: Place): Plain {
  const keys = Object.keys(value);
  const kept = keys.length <= MAX_ITEMS ? keys : keys.slice(0, MAX_ITEMS - 1);
  const fields: [string, Plain][] = kept.map((key) => [key, readField(value, key, inside)]);
  if (keys.length > kept.length) fields.push(['[more]', `${keys.length - kept.length} fields`]);
  if (value instanceof Error) fields.unshift(['name', value.name], ['message', value.message]);
  // Unlike an assignment, this takes __proto__ for a key like others.
  return Object.fromEntries(fields);
}

function readField(value: object, key: string, inside: Place): Plain {
  try {
    return copy((value as Record<string, unknown>)[key], inside);
  } catch {
    return '[getter threw]';
  }
}
