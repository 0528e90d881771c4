import { checkNumber, type NumberRange } from './check-number.ts';

/** So long may wait who may wait for ever. */
export const FOREVER: number = Number.POSITIVE_INFINITY;

export const COUNT: NumberRange = { least: 1, whole: true };
export const POSITIVE: NumberRange = { least: 0, above: true, most: Number.MAX_SAFE_INTEGER };

/** Throws an error that says which number of what is out of its range, what was got and what is allowed. */
export function checkOptions(
  of: string,
  options: Readonly<Record<string, readonly [value: unknown, range: NumberRange]>>,
): void {
  for (const name in options) {
    checkNumber(`${name} of the ${of}`, ...(options[name] as readonly [unknown, NumberRange]));
  }
}
