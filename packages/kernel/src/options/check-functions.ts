/** Throws a TypeError that says what was got, unless each of `functions`, by name, is a function or undefined. */
export function checkFunctions(of: string, functions: Readonly<Record<string, unknown>>): void {
  for (const name in functions) {
    const type = typeof functions[name];
    if (type !== 'function' && type !== 'undefined') {
      throw new TypeError(`${name} of a ${of} must be a function; got ${type}`);
    }
  }
}
