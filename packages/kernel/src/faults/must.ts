import { toPlain } from './plain.ts';

/** Throws a TypeError that says what was got, unless it is `right`. */
export function must(what: string, be: string, got: unknown, right: unknown): void {
  if (!right) throw new TypeError(`${what} must be ${be}; got ${JSON.stringify(toPlain(got))}`);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function checkSeverity(of: string, severity: unknown): void {
  must(`severity ${of}`, '1 to 5', severity, [1, 2, 3, 4, 5].includes(severity as number));
}
