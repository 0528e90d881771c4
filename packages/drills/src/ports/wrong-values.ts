import type { Random } from '@sustain/kernel';

/**
 * The same shape without content: zeros for samples and bytes, an empty text; of arrays and plain objects, each part that
 * is one of these. For `answers` and `changesChunks`: success with zero audio, or an empty transcript.
 */
export function silent<T>(value: T): T {
  return deepChange(value, (content) => (typeof content === 'string' ? '' : content.map(() => 0)));
}

/** Samples of which some, drawn, are NaN, at least one; what is no float has no NaN and stays as it is. */
export function notNumbers<T>(value: T, random: Random): T {
  return deepChange(value, (content) => {
    if (!(content instanceof Float32Array || content instanceof Float64Array)) return content;
    const wrong = Math.floor(random.next() * content.length);
    return content.map((sample, at) => (at === wrong || random.next() < 0.05 ? Number.NaN : sample));
  });
}

/** The first part of a text, bytes, samples or an array: `ratio` of it, 0..1, rounded down. All else as it is. */
export function shortened<T>(value: T, ratio = 0.5): T {
  if (typeof value !== 'string' && !Array.isArray(value) && !isContent(value)) return value;
  return value.slice(0, Math.floor(value.length * ratio)) as T;
}

type TypedArray =
  | Float32Array
  | Float64Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Int8Array
  | Uint16Array;

function deepChange<T>(value: T, change: (content: string | TypedArray) => string | TypedArray): T {
  if (typeof value === 'string' || isContent(value)) return change(value) as T;
  if (Array.isArray(value)) {
    // Samples, as JSON has them.
    if (value.every((part) => typeof part === 'number')) return [...change(Float64Array.from(value))] as T;
    return value.map((part) => deepChange(part, change)) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, deepChange(part, change)]),
  ) as T;
}

const isContent = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && 'map' in value;
