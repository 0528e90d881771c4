/** Throws a RangeError unless `value` is finite and above 0; `whole`: and a whole number. */
export function checkPositive(what: string, value: number, whole = false): void {
  if (!((whole ? Number.isInteger(value) : Number.isFinite(value)) && value > 0)) {
    throw new RangeError(`${what} must be ${whole ? 'a whole number' : 'finite and'} above 0; got ${value}`);
  }
}
