/** What a number may be. */
export interface NumberRange {
  readonly least: number;
  readonly most?: number;
  /** Whether `least` itself is refused. Default false. */
  readonly above?: boolean;
  /** Whether only whole numbers are taken. Default false. */
  readonly whole?: boolean;
}

/** What an option must be: a function, or absent; a text that is not empty; one of some words; a number in a range. */
export type Allowed = typeof FUNCTION | typeof TEXT | readonly string[] | NumberRange;

export const FUNCTION = 'function';
export const TEXT = 'string';

/** So long may wait who may wait for ever. */
export const FOREVER: number = Number.POSITIVE_INFINITY;
export const COUNT: NumberRange = { least: 1, whole: true };
/** A time that may be none. */
export const WAIT: NumberRange = { least: 0, most: Number.MAX_SAFE_INTEGER };
export const POSITIVE: NumberRange = { ...WAIT, above: true };
