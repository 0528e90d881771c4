/** Throws a RangeError that says what was got and what is allowed, unless it `isAllowed`. */
export function checkOption(isAllowed: boolean, what: string, allowed: string, got: unknown): void {
  if (!isAllowed) throw new RangeError(`${what} must be ${allowed}; got ${String(got)}`);
}

/** Likewise, unless all `options` are finite numbers of `least` or more. */
export function checkNumbers(options: Readonly<Record<string, unknown>>, least: number): void {
  for (const [name, value] of Object.entries(options)) {
    const isAllowed = Number.isFinite(value) && (value as number) >= least;
    checkOption(isAllowed, name, `a finite number, ${least} or more`, value);
  }
}
