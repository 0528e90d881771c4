/** Throws a RangeError that says what was got and what is allowed, unless it `isAllowed`. */
export function checkOption(isAllowed: boolean, what: string, allowed: string, got: unknown): void {
  if (!isAllowed) throw new RangeError(`${what} must be ${allowed}; got ${got}`);
}
