/** What is told of an object in a few words; undefined of one that is looked into. Throws what the object throws. */
export function toldOf(value: object): string | undefined {
  // By far most are one of these.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return undefined;
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return `[${value.constructor.name}, ${value.byteLength} bytes]`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no valid date]' : value.toISOString();
  if (value instanceof RegExp || value instanceof URL) return String(value);
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) {
    return `[${value.constructor.name}]`;
  }
  return undefined;
}
