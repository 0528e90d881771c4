/** Throws a RangeError that names the option. */
export function checkRange(name: string, value: number, from: number, to: number): void {
  if (!(value >= from && value <= to)) throw new RangeError(`${name} must be ${from} to ${to}; got ${value}`);
}

/** Of counts and positions. */
export function checkWhole(name: string, value: number, from: number): void {
  if (!Number.isSafeInteger(value) || value < from) {
    throw new RangeError(`${name} must be a whole number from ${from}; got ${value}`);
  }
}
