/** What a number may be. */
export interface NumberRange {
  readonly least: number;
  readonly most?: number;
  /** Whether `least` itself is refused. Default false. */
  readonly above?: boolean;
  /** Whether only whole numbers are taken. Default false. */
  readonly whole?: boolean;
}

/** So long may wait who may wait for ever. */
export const FOREVER: number = Number.POSITIVE_INFINITY;

/** Throws an error that says what was got and what is allowed, unless `value` is a number in `range`. */
export function checkNumber(what: string, value: unknown, range: NumberRange): void {
  const { least, most = FOREVER, above, whole } = range;
  const isNumber = typeof value === 'number';
  const fits = isNumber && value <= most && (above ? value > least : value >= least);
  if (fits && (!whole || Number.isInteger(value))) return;
  const to = most < FOREVER ? ` to ${most}` : above ? '' : ' or more';
  const from = above ? 'above' : most < FOREVER ? 'from' : 'of';
  throw new (isNumber ? RangeError : TypeError)(
    `${what} must be a ${whole ? 'whole ' : ''}number ${from} ${least}${to}; got ${String(value)}`,
  );
}
