/** Answers a number that is in its range; throws a TypeError or RangeError that says what was got. */
export function allowed(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number; got ${typeof value}`);
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${what} must be ${least} to ${most}; got ${value}`);
  }
  return value;
}
