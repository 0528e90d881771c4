/** What a number may be. */
export interface NumberRange {
  readonly least: number;
  readonly most?: number;
  /** Whether `least` itself is refused. Default false. */
  readonly above?: boolean;
  /** Whether only whole numbers are taken. Default false. */
  readonly whole?: boolean;
}

/** Throws an error that says what was got and what is allowed, unless `value` is a number in `range`. */
export function checkNumber(what: string, value: unknown, range: NumberRange): void {
  const { least, most = Number.POSITIVE_INFINITY, above = false, whole = false } = range;
  const allowed = `${whole ? 'a whole number' : 'a number'} ${
    most === Number.POSITIVE_INFINITY
      ? `${above ? `above ${least}` : `of ${least} or more`}`
      : `${above ? 'above' : 'from'} ${least} to ${most}`
  }`;
  if (typeof value !== 'number') throw new TypeError(`${what} must be ${allowed}; got ${String(value)}`);
  const inRange = value <= most && (above ? value > least : value >= least);
  if (!inRange || (whole && !Number.isInteger(value))) {
    throw new RangeError(`${what} must be ${allowed}; got ${value}`);
  }
}
