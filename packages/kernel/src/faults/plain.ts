/** Data that JSON can carry. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * A copy of `value` that JSON can carry; what has a `toJSON` says itself what that is, as dates and URLs do. Of errors
 * it has name, message, code, stack and causes; of a Fault, all its fields. Never throws: what cannot be read or
 * carried is described in brackets (`[unreadable]`, `[Float32Array of 7056 bytes]`). Deep, long and wide values are
 * cut, so that the result is small (2000 values at most) and copying it again changes nothing; binary data is never
 * copied.
 */
export function toPlain(value: unknown): Plain {
  /** Of the whole copy: width at every level multiplies. */
  let left = MAX_VALUES;
  return copy(() => value, 0) ?? null;

  /** Every question may throw: of a getter, or of a proxy. The rest of the data is still worth having. */
  function copy(read: () => unknown, depth: number): Plain | undefined {
    try {
      const value = read();
      if (value == null || typeof value === 'boolean' || Number.isFinite(value)) return value as Plain;
      if (typeof value !== 'object') return cut(typeof value === 'function' ? '[function]' : String(value));
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
        return `[${value.constructor.name} of ${value.byteLength} bytes]`;
      return depth++ > MAX_DEPTH || left < 0 ? '[cut]' : copyObject(value as Fields, depth);
    } catch {
      return '[unreadable]';
    } finally {
      left--;
    }
  }

  function copyObject(value: Fields, depth: number): Plain | undefined {
    const isError = value instanceof Error || {}.toString.call(value) === '[object Error]';
    const { toJSON } = value;
    if (!isError && typeof toJSON === 'function') return copy(() => toJSON.call(value), depth);
    const data = value instanceof Map || value instanceof Set ? [...value] : value;
    const isList = Array.isArray(data);
    let items: unknown[] = isList ? data : Object.keys(data);
    if (isError) {
      // Of errors of others no more: their fields may hold anything, as requests with secrets.
      items = ['name', 'message', 'cause', ...('recovery' in value ? items : ['code'])];
      // Without frames it says only what name and message say.
      if (/\n/.test(value['stack'] as string)) items.push('stack');
    }
    const copies = items
      .slice(0, MAX_ITEMS)
      .map((item) =>
        isList ? (copy(() => item, depth) ?? null) : [item, copy(() => value[item as string], depth)],
      );
    const more = items.length - MAX_ITEMS + 1;
    if (more > 1) copies[MAX_ITEMS - 1] = isList ? noteOf(more) : [noteOf(more), null];
    if (isList) return copies as Plain[];
    // Unlike an assignment, this takes __proto__ for a name like others.
    return Object.fromEntries((copies as [string, Plain][]).filter(([, copy]) => copy !== undefined));
  }
}

type Fields = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 8;
const MAX_ITEMS = 50;
const MAX_TEXT = 4096;
const MAX_VALUES = 2000;

function cut(text: string): string {
  const note = noteOf(text.length - MAX_TEXT);
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT - note.length) + note : text;
}

function noteOf(more: number): string {
  return `[+${more} more]`;
}
