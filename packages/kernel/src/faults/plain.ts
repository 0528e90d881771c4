/** Data that JSON can carry. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * A copy of `value` that JSON can carry. Never throws: what cannot be read or carried is described in brackets
 * (`[circular]`, `[getter threw]`, `[Float32Array of 1764]`). Deep, long and wide values are cut, so that the
 * result stays small; binary data is never copied.
 */
export function toPlain(value: unknown): Plain {
  return copy(value, 0, []);
}

const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT = 4096;

function copy(value: unknown, depth: number, above: readonly object[]): Plain {
  switch (typeof value) {
    case 'string':
      return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}[+${value.length - MAX_TEXT}]`;
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
      return value === null || value === undefined ? null : copyObject(value, depth, above);
  }
}

function copyObject(value: object, depth: number, above: readonly object[]): Plain {
  if (above.includes(value)) return '[circular]';
  try {
    if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer) return `[ArrayBuffer of ${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
    if (depth >= MAX_DEPTH) return Array.isArray(value) ? `[array of ${value.length}]` : '[object]';
    const path = [...above, value];
    if (value instanceof Map) return copy(Object.fromEntries(value), depth, path);
    if (value instanceof Set) return copy([...value], depth, path);
    if (Array.isArray(value)) return copyArray(value, depth, path);
    return copyFields(value, depth, path);
  } catch {
    return '[unreadable]'; // A proxy may throw at any question; the rest of the data is still worth having.
  }
}

function copyArray(value: readonly unknown[], depth: number, path: readonly object[]): Plain {
  const items = value.slice(0, MAX_ITEMS).map((item) => copy(item, depth + 1, path));
  return value.length > MAX_ITEMS ? [...items, `[+${value.length - MAX_ITEMS} items]`] : items;
}

function copyFields(value: object, depth: number, path: readonly object[]): Plain {
  const fields: Record<string, Plain> = {};
  if (value instanceof Error) Object.assign(fields, { name: value.name, message: value.message });
  const keys = Object.keys(value);
  for (const key of keys.slice(0, MAX_ITEMS)) fields[key] = readField(value, key, depth, path);
  if (keys.length > MAX_ITEMS) fields['[more]'] = `${keys.length - MAX_ITEMS} fields`;
  return fields;
}

function readField(value: object, key: string, depth: number, path: readonly object[]): Plain {
  try {
    return copy((value as Record<string, unknown>)[key], depth + 1, path);
  } catch {
    return '[getter threw]';
  }
}
