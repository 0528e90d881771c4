import { checkNumber, type NumberRange } from './check-number.ts';

export const COUNT: NumberRange = { least: 1, whole: true };
/** A time that may be none. */
export const WAIT: NumberRange = { least: 0, most: Number.MAX_SAFE_INTEGER };
export const POSITIVE: NumberRange = { ...WAIT, above: true };

/** Throws an error that says which number of what is out of its range, what was got and what is allowed. */
export function checkOptions(
  of: string,
  options: Readonly<Record<string, readonly [value: unknown, range: NumberRange]>>,
): void {
  for (const name in options) {
    checkNumber(`${name} of the ${of}`, ...(options[name] as readonly [unknown, NumberRange]));
  }
}
