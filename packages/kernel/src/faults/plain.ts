/** Data that JSON can carry. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * A copy of `value` that JSON can carry. Never throws: what cannot be read or carried is described in brackets
 * (`[circular]`, `[getter threw]`, `[Float32Array of 7056 bytes]`). Deep, long and wide values are cut, so that the
 * result is small (2000 values at most) and copying it again changes nothing; binary data is never copied.
 */
export function toPlain(value: unknown): Plain {
  /** Of the whole copy: width at every level multiplies. */
  let left = MAX_VALUES;
  const above: object[] = [];

  function copy(value: unknown): Plain {
    const type = typeof value;
    left--;
    if (type === 'boolean' || Number.isFinite(value)) return value as Plain;
    if (type === 'string') return cut(value as string);
    if (type === 'bigint') return `${value}`;
    if (type === 'function') return '[function]';
    if (type === 'object' || value === undefined) return value ? copyObject(value) : null;
    return `[${String(value)}]`;
  }

  function copyObject(value: object): Plain {
    if (above.includes(value)) return '[circular]';
    const depth = above.length;
    try {
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
        return `[${value.constructor.name} of ${value.byteLength} bytes]`;
      if (value instanceof Date) return (value.toJSON() as string | null) ?? '[invalid date]';
      const isArray = Array.isArray(value);
      if (depth >= MAX_DEPTH || left <= 0) return isArray ? `[array of ${value.length}]` : '[object]';
      above.push(value);
      if (isArray || value instanceof Set)
        return copySome(isArray ? value : [...value], copy, (more) => `[+${more} items]`);
      const fields = value instanceof Map ? Object.fromEntries(value) : (value as Record<string, unknown>);
      const names = Object.keys(fields);
      if (value instanceof Error) names.unshift('name', 'message');
      const copyField = (name: string): [string, Plain] => {
        try {
          return [name, copy(fields[name])];
        } catch {
          return [name, '[getter threw]'];
        }
      };
      // Unlike an assignment, this takes __proto__ for a name like others.
      return Object.fromEntries(copySome(names, copyField, (more) => ['[more]', `${more} fields`]));
    } catch {
      return '[unreadable]'; // A proxy may throw at any question; the rest of the data is still worth having.
    } finally {
      above.length = depth;
    }
  }

  return copy(value);
}

const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT = 4096;
const MAX_VALUES = 2000;

/** As many of `items` as fit, the last a note about the others. */
function copySome<Item, Copy>(
  items: readonly Item[],
  copy: (item: Item) => Copy,
  note: (more: number) => Copy,
): Copy[] {
  const more = items.length - MAX_ITEMS;
  if (more <= 0) return items.map((item) => copy(item));
  return [...items.slice(0, MAX_ITEMS - 1).map(copy), note(more + 1)];
}

function cut(text: string): string {
  const note = `[+${text.length - MAX_TEXT} characters]`;
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT - note.length) + note : text;
}
