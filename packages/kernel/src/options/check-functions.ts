/** Throws a TypeError that says what was got, unless each of `functions`, by name, is a function or undefined. */
export function checkFunctions(of: string, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== 'function') {
      throw new TypeError(`${name} of a ${of} must be a function; got ${typeof value}`);
    }
  }
}
