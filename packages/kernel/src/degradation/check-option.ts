/** Throws a RangeError that says what was got and what is allowed. */
export function refuseOption(what: string, allowed: readonly string[], got: string): never {
  throw new RangeError(`${what} must be one of ${allowed}; got ${got}`);
}
